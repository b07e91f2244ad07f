#pragma once

#include <stddef.h>

// What Swift does not see of the system's headers, and a signal handler, which may call no Swift.
// No header of the system's is included that Swift has in a module of its own.

/// O_TMPFILE of open(2): a file without a name.
int cfiles_unnamed(void);

/// listxattr, getxattr, fgetxattr, fsetxattr and fremovexattr of section 2 of the manual.
long cfiles_attribute_names(const char *path, char *names, size_t size);
long cfiles_attribute(const char *path, const char *name, void *value, size_t size);
long cfiles_open_attribute(int descriptor, const char *name, void *value, size_t size);
int cfiles_set_attribute(int descriptor, const char *name, const void *value, size_t size);
int cfiles_remove_attribute(int descriptor, const char *name);

/// Remembers a file that a signal which ends the process removes first; returns a number for
/// `cfiles_forget`, or -1 where too many are remembered.
///
/// Handlers are installed for TERM, HUP, QUIT, XCPU and INT while files are remembered, where these
/// would end the process by default, and TERM and HUP also where somebody else catches them: that
/// one's handler is called next. `path` must be shorter than 4096 bytes.
int cfiles_remember(const char *path);
/// Forgets a file; handlers go with the last one.
void cfiles_forget(int number);
