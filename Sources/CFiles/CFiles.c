#define _GNU_SOURCE 1
#include "CFiles.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

int cfiles_unnamed(void) { return O_TMPFILE; }

long cfiles_attribute_names(const char *path, char *names, size_t size) {
  return listxattr(path, names, size);
}

long cfiles_attribute(const char *path, const char *name, void *value, size_t size) {
  return getxattr(path, name, value, size);
}

long cfiles_open_attribute(int descriptor, const char *name, void *value, size_t size) {
  return fgetxattr(descriptor, name, value, size);
}

int cfiles_set_attribute(int descriptor, const char *name, const void *value, size_t size) {
  return fsetxattr(descriptor, name, value, size, 0);
}

int cfiles_remove_attribute(int descriptor, const char *name) {
  return fremovexattr(descriptor, name);
}

enum { slots = 8, longest = 4096, watched = 5 };
static const int numbers[watched] = {SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGINT};

static char paths[slots][longest];
/// Whether a slot's path is whole, and its file the program's own.
static atomic_int is_set[slots];
static struct sigaction former[watched];
static unsigned char is_ours[watched];
static int remembered;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/// Removes the files and leaves the signal to whoever had it before; blocked until this returns.
static void on_end(int number) {
  int saved = errno;
  for (int slot = 0; slot < slots; slot++)
    if (atomic_exchange(&is_set[slot], 0)) unlink(paths[slot]);
  for (int index = 0; index < watched; index++)
    if (numbers[index] == number) sigaction(number, &former[index], NULL);
  raise(number);
  errno = saved;
}

/// Whether a signal is one that ends the process as it is caught now.
static int ends_process(int number, const struct sigaction *action) {
  if (action->sa_flags & SA_SIGINFO) return 0;
  if (action->sa_handler == SIG_IGN) return 0;
  return action->sa_handler == SIG_DFL || number == SIGTERM || number == SIGHUP;
}

static void install(void) {
  for (int index = 0; index < watched; index++) {
    is_ours[index] = 0;
    if (sigaction(numbers[index], NULL, &former[index]) != 0) continue;
    if (!ends_process(numbers[index], &former[index])) continue;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_end;
    action.sa_flags = SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    is_ours[index] = sigaction(numbers[index], &action, NULL) == 0;
  }
}

static void restore(void) {
  for (int index = 0; index < watched; index++) {
    struct sigaction now;
    if (!is_ours[index] || sigaction(numbers[index], NULL, &now) != 0) continue;
    // Who has installed something since keeps it.
    if (now.sa_handler == on_end) sigaction(numbers[index], &former[index], NULL);
  }
}

int cfiles_remember(const char *path) {
  int found = -1;
  if (strlen(path) >= longest) return found;
  pthread_mutex_lock(&lock);
  for (int slot = 0; slot < slots && found < 0; slot++)
    if (!atomic_load(&is_set[slot])) found = slot;
  if (found >= 0) {
    strcpy(paths[found], path);
    atomic_store(&is_set[found], 1);
    if (remembered++ == 0) install();
  }
  pthread_mutex_unlock(&lock);
  return found;
}

void cfiles_forget(int number) {
  if (number < 0 || number >= slots) return;
  pthread_mutex_lock(&lock);
  atomic_store(&is_set[number], 0);
  if (--remembered == 0) restore();
  pthread_mutex_unlock(&lock);
}
