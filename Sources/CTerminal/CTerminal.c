#define _GNU_SOURCE 1
#define _XOPEN_SOURCE_EXTENDED 1
#include "CTerminal.h"

#include <curses.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

// Drag reports (1002) in SGR form (1006), focus (1004), bracketed paste (2004).
#define MODES_ON "\033[?1002h\033[?1006h\033[?1004h\033[?2004h"
// The same off again, after closing a synchronised update (2026) that may be half sent; hover (1003)
// and pixel reports (1016) too, so that a later version cannot forget them.
#define MODES_OFF \
  "\033[?2026l\033[?1003l\033[?1002l\033[?1016l\033[?1006l\033[?1004l\033[?2004l"

// What signal handlers write. Constants, because a handler may call nothing that formats or
// allocates; private modes that a terminal does not know are ignored by all of them.
static const char enter_text[] = "\033[?1049h\033[?25l" MODES_ON;
// A string that was being sent is ended first, so that none of this becomes part of it.
static const char end_text[] = "\033\\";
static const char leave_text[] = MODES_OFF "\033[0m\033(B\033[?25h\033[?1049l";
// The keyboard protocol is kept on a stack of its own, taken off only where it was put on.
static const char keyboard_off[] = "\033[<u";

static struct termios shell_modes;
static struct termios program_modes;
static volatile sig_atomic_t in_fd = -1;
static volatile sig_atomic_t out_fd = -1;
static volatile sig_atomic_t wake_fd = -1;
static volatile sig_atomic_t has_keyboard;
static atomic_int claimed;

static SCREEN *screen;
static FILE *in_file;
static FILE *out_file;

/// Writes, waiting two seconds at most for a terminal that takes nothing.
static void write_all(int fd, const char *text, size_t count) {
  int patience = 20;
  while (count > 0) {
    ssize_t written = write(fd, text, count);
    if (written > 0) {
      text += written;
      count -= (size_t)written;
      continue;
    }
    if (written < 0 && errno == EINTR) continue;
    if (written == 0 || errno != EAGAIN || patience-- == 0) return;
    struct pollfd check = {.fd = fd, .events = POLLOUT};
    poll(&check, 1, 100);
  }
}

// Signals ----------------------------------------------------------------------------------------

static const int fatal_signals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGILL, SIGTRAP,
                                    SIGABRT, SIGBUS,  SIGFPE,  SIGSEGV, SIGTERM};
enum { fatal_count = sizeof fatal_signals / sizeof *fatal_signals };
static struct sigaction former_fatal[fatal_count];
static struct sigaction former_stop, former_continue, former_resize;
static char alternate_stack[64 * 1024];

static void leave_in_handler(void) {
  write_all(out_fd, end_text, sizeof end_text - 1);
  if (has_keyboard) write_all(out_fd, keyboard_off, sizeof keyboard_off - 1);
  write_all(out_fd, leave_text, sizeof leave_text - 1);
  tcsetattr(in_fd, TCSANOW, &shell_modes);
}

static void wake(char what) {
  int saved = errno;
  ssize_t ignored = write(wake_fd, &what, 1);
  (void)ignored;
  errno = saved;
}

static void raise_by_default(int number) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  sigaction(number, &action, NULL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  raise(number);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void on_fatal(int number) {
  // Only the first of several threads that fall writes.
  if (atomic_exchange(&claimed, 0)) leave_in_handler();
  raise_by_default(number);
}

static void on_stop(int number) {
  int saved = errno;
  if (atomic_load(&claimed)) leave_in_handler();
  struct sigaction mine;
  sigaction(number, NULL, &mine);
  raise_by_default(number);
  sigaction(number, &mine, NULL);
  errno = saved;
}

static void on_continue(int number) {
  (void)number;
  int saved = errno;
  if (atomic_load(&claimed)) {
    tcsetattr(in_fd, TCSANOW, &program_modes);
    write_all(out_fd, enter_text, sizeof enter_text - 1);
    wake('C');
  }
  errno = saved;
}

static void on_resize(int number) {
  (void)number;
  wake('W');
}

static void install(int number, void (*handler)(int), int flags, struct sigaction *former) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, former);
}

static void install_handlers(void) {
  // A stack of its own, so that running out of stack restores the terminal too.
  stack_t stack = {.ss_sp = alternate_stack, .ss_size = sizeof alternate_stack};
  sigaltstack(&stack, NULL);
  for (int i = 0; i < fatal_count; i++)
    install(fatal_signals[i], on_fatal, SA_ONSTACK, &former_fatal[i]);
  install(SIGTSTP, on_stop, SA_RESTART, &former_stop);
  install(SIGCONT, on_continue, SA_RESTART, &former_continue);
  install(SIGWINCH, on_resize, SA_RESTART, &former_resize);
}

static void remove_handlers(void) {
  for (int i = 0; i < fatal_count; i++) sigaction(fatal_signals[i], &former_fatal[i], NULL);
  sigaction(SIGTSTP, &former_stop, NULL);
  sigaction(SIGCONT, &former_continue, NULL);
  sigaction(SIGWINCH, &former_resize, NULL);
}

void ct_suspend(void) { raise(SIGTSTP); }

// Descriptions -----------------------------------------------------------------------------------

int ct_describe(const char *term, int fd) {
  int status = 0;
  if (setupterm(term, fd, &status) == OK) return 1;
  return status == 1 ? 0 : status;
}

void ct_forget_description(void) {
  if (cur_term) del_curterm(cur_term);
}

const char *ct_flag_name(int i) { return boolnames[i]; }
const char *ct_number_name(int i) { return numnames[i]; }
const char *ct_string_name(int i) { return strnames[i]; }

int ct_flag(const char *name) { return tigetflag(name) == 1; }
int ct_number(const char *name) {
  int value = tigetnum(name);
  return value < 0 ? -1 : value;
}
const char *ct_string(const char *name) {
  const char *value = tigetstr(name);
  return value == (const char *)-1 ? NULL : value;
}

// The screen -------------------------------------------------------------------------------------

const char *ct_charset(void) {
  setlocale(LC_ALL, "");
  // Numbers are written for people and files alike with a point.
  setlocale(LC_NUMERIC, "C");
  return nl_langinfo(CODESET);
}

int ct_set_charset_locale(const char *name) { return setlocale(LC_CTYPE, name) ? 0 : -1; }

static void close_files(void) {
  if (in_file) fclose(in_file);
  if (out_file) fclose(out_file);
  in_file = out_file = NULL;
  if (out_fd >= 0) close(out_fd);
  out_fd = -1;
}

/// A description of its own for the terminal, so that not waiting in writes is nobody else's matter.
static int open_again(int fd) {
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int again = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  return again >= 0 ? again : dup(fd);
}

/// Every byte comes as it was typed, and none is taken for a signal or for flow control.
static void set_program_modes(void) {
  program_modes = shell_modes;
  program_modes.c_iflag &=
      ~(tcflag_t)(BRKINT | PARMRK | INPCK | ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXOFF);
  program_modes.c_oflag &= ~(tcflag_t)(OPOST);
  program_modes.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
  program_modes.c_cc[VMIN] = 1;
  program_modes.c_cc[VTIME] = 0;
  tcsetattr(in_fd, TCSADRAIN, &program_modes);
}

int ct_claim(const char *term, int in, int out, int wake_descriptor) {
  if (atomic_load(&claimed) || tcgetattr(in, &shell_modes) != 0) return -1;
  // Curses draws into memory: what it draws is sent as fast as the line takes it, and counted.
  int in_copy = dup(in), memory = memfd_create("screen", MFD_CLOEXEC);
  in_file = in_copy < 0 ? NULL : fdopen(in_copy, "r");
  out_file = memory < 0 ? NULL : fdopen(memory, "w");
  out_fd = open_again(out);
  if (!in_file || !out_file || out_fd < 0 || !(screen = newterm(term, out_file, in_file))) {
    close_files();
    return -1;
  }
  set_term(screen);
  nonl();
  typeahead(-1);
  leaveok(stdscr, TRUE);
  scrollok(stdscr, FALSE);
  curs_set(0);
  if (has_colors()) start_color();
  in_fd = in;
  has_keyboard = 0;
  wake_fd = wake_descriptor;
  set_program_modes();
  install_handlers();
  atomic_store(&claimed, 1);
  write_all(out_fd, MODES_ON, sizeof MODES_ON - 1);
  return 0;
}

/// Moves what curses has drawn from memory to the terminal, however long that takes.
static void send_drawn(void) {
  char bytes[4096];
  size_t count;
  while ((count = ct_take_drawn((uint8_t *)bytes, sizeof bytes)) > 0)
    write_all(out_fd, bytes, count);
}

void ct_restore(void) {
  if (!atomic_exchange(&claimed, 0)) return;
  write_all(out_fd, end_text, sizeof end_text - 1);
  if (has_keyboard) write_all(out_fd, keyboard_off, sizeof keyboard_off - 1);
  write_all(out_fd, MODES_OFF, sizeof MODES_OFF - 1);
  endwin();
  send_drawn();
  delscreen(screen);
  screen = NULL;
  // Flushing drops mouse reports that are still under way; they would land in the shell.
  tcsetattr(in_fd, TCSAFLUSH, &shell_modes);
  remove_handlers();
  close_files();
}

int ct_colors(void) { return has_colors() ? COLORS : 0; }
int ct_pairs(void) { return has_colors() ? COLOR_PAIRS : 0; }

int ct_define_pair(int pair, int foreground, int background) {
  return init_extended_pair(pair, foreground, background);
}

void ct_reset_pairs(void) { reset_color_pairs(); }
int ct_resize(int down, int across) { return resizeterm(down, across); }

static attr_t curses_attributes(uint32_t bits) {
  attr_t result = A_NORMAL;
  if (bits & CT_BOLD) result |= A_BOLD;
  if (bits & CT_UNDERLINE) result |= A_UNDERLINE;
  if (bits & CT_REVERSE) result |= A_REVERSE;
  return result;
}

void ct_put(int y, int x, int count, const ct_cell *cells) {
  enum { chunk = 128 };
  cchar_t row[chunk];
  while (count > 0) {
    int n = count < chunk ? count : chunk;
    for (int i = 0; i < n; i++) {
      wchar_t text[2] = {(wchar_t)cells[i].glyph, 0};
      // The pair travels by pointer: attribute bits have room for 256 pairs only.
      int pair = cells[i].pair;
      setcchar(&row[i], text, curses_attributes(cells[i].attributes), 0, &pair);
    }
    mvadd_wchnstr(y, x, row, n);
    x += n;
    cells += n;
    count -= n;
  }
}

void ct_draw(void) {
  wnoutrefresh(stdscr);
  doupdate();
  fflush(out_file);
}

size_t ct_take_drawn(uint8_t *bytes, size_t count) {
  static off_t taken;
  int memory = fileno(out_file);
  ssize_t got = pread(memory, bytes, count, taken);
  if (got > 0) {
    taken += got;
    return (size_t)got;
  }
  if (taken > 0 && ftruncate(memory, 0) == 0) lseek(memory, 0, SEEK_SET);
  taken = 0;
  return 0;
}

ssize_t ct_send(const uint8_t *bytes, size_t count) {
  ssize_t written = write(out_fd, bytes, count);
  if (written >= 0) return written;
  return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

int ct_output(void) { return out_fd; }
void ct_push_keyboard(void) { has_keyboard = 1; }

void ct_repaint(void) { clearok(curscr, TRUE); }
void ct_repaint_rows(int first, int count) { wredrawln(stdscr, first, count); }

int ct_window_size(int fd, ct_size *size) {
  struct winsize window;
  if (ioctl(fd, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) return -1;
  *size = (ct_size){window.ws_col, window.ws_row, window.ws_xpixel, window.ws_ypixel};
  return 0;
}

/// Shadows the C library's table, which curses asks and which may be older than the characters: the
/// blocks of Unicode 13 and 16 (U+1CC00..1CEBF, U+1FB00..1FBFF) are one cell wide.
int wcwidth(wchar_t c) {
  if ((c >= 0x1CC00 && c < 0x1CEC0) || (c >= 0x1FB00 && c < 0x1FC00)) return 1;
  static int (*library)(wchar_t);
  if (!library) library = (int (*)(wchar_t))dlsym(RTLD_NEXT, "wcwidth");
  return library ? library(c) : 1;
}
