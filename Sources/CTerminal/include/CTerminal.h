#pragma once

// What Swift cannot say about a terminal: curses macros and its shared state, strings that a signal
// handler may write, and the handlers themselves. One thread calls these; nothing here decides.

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// One screen cell: a Unicode scalar, a colour pair and attribute bits.
typedef struct {
  uint32_t glyph;
  int32_t pair;
  uint32_t attributes;
} ct_cell;

/// The window in cells, and in pixels where the terminal says so, else 0.
typedef struct {
  int32_t columns, rows, width, height;
} ct_size;

enum { CT_BOLD = 1, CT_UNDERLINE = 2, CT_REVERSE = 4 };

// Terminal descriptions.

/// Loads the description of `term`: 1 found, 0 unknown or not usable, -1 no description database.
int ct_describe(const char *term, int fd);
/// Forgets what ct_describe loaded.
void ct_forget_description(void);
/// The short name of capability `i` of a kind, in the order of compiled entries; null past the end.
const char *ct_flag_name(int i);
const char *ct_number_name(int i);
const char *ct_string_name(int i);
/// The described terminal's capability by name: 1 or 0; -1 when absent; null when absent.
int ct_flag(const char *name);
int ct_number(const char *name);
const char *ct_string(const char *name);

// The screen.

/// Takes the terminal over: the tty's modes, its second screen, mouse, focus and paste; 0 or -1.
///
/// Installs handlers that give it back on every signal that would end or stop the process. They write
/// a letter to `wake`: 'W' the window's size changed, 'C' the process goes on, 'N' it was to stop and
/// nobody is there to continue it.
int ct_claim(int in, int out, int wake);
/// Starts curses under the name `term`, drawing into memory; 0, or -1 when curses refuses.
int ct_start(const char *term, int in);
/// Ends curses; the terminal sees nothing of it.
void ct_end(void);
/// Gives the terminal back as it was found; does nothing when it is not claimed.
void ct_restore(void);
/// Takes the terminal again where a stop gave it back; in the background the process stops here.
void ct_return(void);
/// Takes the name of the locale's character set, after setting the locale from the environment.
const char *ct_charset(void);
/// Sets the character type locale; 0, or -1 when it does not exist.
int ct_set_charset_locale(const char *name);

int ct_colors(void);
int ct_pairs(void);
int ct_define_pair(int pair, int foreground, int background);
void ct_reset_pairs(void);
int ct_resize(int rows, int columns);
/// Puts `count` cells into row `y` from column `x`.
void ct_put(int y, int x, int count, const ct_cell *cells);
/// Draws the difference into memory.
void ct_draw(void);
/// Takes up to `count` bytes of what was drawn; 0 when all of it has been taken.
size_t ct_take_drawn(uint8_t *bytes, size_t count);
/// Sends what the terminal takes at once; the number of bytes, or -1 when it is gone.
ssize_t ct_send(const uint8_t *bytes, size_t count);
/// The descriptor that ct_send writes to, for poll; -1 before claiming.
int ct_output(void);
/// Notes that the keyboard protocol was put on, so that every way out takes it off.
void ct_push_keyboard(void);
/// Notes that the terminal answers a status report: it is waited for when leaving, this long at most,
/// so that nothing that is under way arrives after the program.
void ct_expect_fence(int milliseconds);
/// Makes the next drawing repaint everything.
void ct_repaint(void);
/// Makes the next drawing send every cell of some rows, whatever lies there now.
void ct_repaint_rows(int first, int count);
/// The size of the tty; 0, or -1 when unknown.
int ct_window_size(int fd, ct_size *size);
/// Stops this process as Ctrl+Z does.
void ct_suspend(void);
