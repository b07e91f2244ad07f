#define _GNU_SOURCE 1
#include "leaving.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "CTerminal.h"

// Drag reports (1002) in SGR form (1006), focus (1004), bracketed paste (2004).
#define MODES_ON "\033[?1002h\033[?1006h\033[?1004h\033[?2004h"
// The same off again, after closing a synchronised update (2026) that may be half sent; motion (1003)
// and pixel reports (1016) are put on where the terminal has them.
#define MODES_OFF \
  "\033[?2026l\033[?1003l\033[?1002l\033[?1016l\033[?1006l\033[?1004l\033[?2004l"
// Single shifts and line drawing off, ordinary attributes, no inserting, wrapping at the edge.
#define WRITING "\017\033(B\033[0m\033[4l\033[?7h"
// Origin mode, side margins and margins off. That moves the cursor: to the last line, where it is of
// use on a terminal that has no second screen.
#define MARGINS "\033[?6l\033[?69l\033[r\033[999;1H"

// What signal handlers write. Constants, because a handler may call nothing that formats or
// allocates; private modes that a terminal does not know are ignored by all of them.
static const char enter_text[] = "\033[?1049h\033[?25l" MODES_ON;
// A string that was being sent is ended first, so that none of this becomes part of it.
static const char end_text[] = "\033\\";
// The attributes once more at the end: some terminals take those back that a cursor was saved with.
static const char leave_text[] = MODES_OFF WRITING MARGINS "\033[?25h\033[?1049l\033[0m";
// The keyboard protocol is kept on a stack of its own, taken off only where it was put on.
static const char keyboard_off[] = "\033[<u";
// Every terminal answers this; before the answer comes all that it had to say earlier.
static const char fence_question[] = "\033[5n";
static const char fence_answer[] = "\033[0n";

static struct termios shell_modes;
static struct termios program_modes;
static volatile sig_atomic_t in_fd = -1;
static volatile sig_atomic_t out_fd = -1;
static volatile sig_atomic_t wake_fd = -1;
static volatile sig_atomic_t has_keyboard;
/// Milliseconds that the fence is waited for when leaving.
static volatile sig_atomic_t patience_ms;
static atomic_int claimed;
/// Whether the terminal is the shell's for now, as the program was stopped.
static atomic_int is_away;

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

static long now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/// Reads and drops answers and mouse reports that are under way; they would land in the shell.
static void drain_input(void) {
  if (patience_ms <= 0) return;
  write_all(out_fd, fence_question, sizeof fence_question - 1);
  long limit = now_ms() + patience_ms;
  size_t matched = 0;
  while (matched < sizeof fence_answer - 1) {
    long rest = limit - now_ms();
    struct pollfd check = {.fd = in_fd, .events = POLLIN};
    if (rest <= 0 || poll(&check, 1, (int)rest) <= 0) return;
    char byte;
    if (read(in_fd, &byte, 1) != 1) return;
    if (byte == fence_answer[matched]) {
      matched++;
    } else {
      matched = byte == fence_answer[0];
    }
  }
}

static int is_foreground(void) {
  pid_t group = tcgetpgrp(in_fd);
  return group < 0 || group == getpgrp();
}

/// Gives the terminal to the shell. In the background the tty's modes are the shell's already, and to
/// set them would stop the process.
static void leave(int how) {
  sigset_t quiet, before;
  sigemptyset(&quiet);
  sigaddset(&quiet, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &quiet, &before);
  write_all(out_fd, end_text, sizeof end_text - 1);
  if (has_keyboard) write_all(out_fd, keyboard_off, sizeof keyboard_off - 1);
  write_all(out_fd, leave_text, sizeof leave_text - 1);
  if (is_foreground()) {
    drain_input();
    tcsetattr(in_fd, how, &shell_modes);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void wake(char what) {
  int saved = errno;
  ssize_t ignored = write(wake_fd, &what, 1);
  (void)ignored;
  errno = saved;
}

/// Takes the terminal again after a stop; in the background this stops the process once more.
static void come_back(void) {
  tcsetattr(in_fd, TCSANOW, &program_modes);
  if (!is_foreground()) return;
  atomic_store(&is_away, 0);
  write_all(out_fd, enter_text, sizeof enter_text - 1);
}

// Signals ----------------------------------------------------------------------------------------

enum { signal_limit = 65 };
/// What was installed for each signal before the terminal was taken.
static struct sigaction former[signal_limit];
/// The same while curses starts or ends.
static struct sigaction held[signal_limit];
static unsigned char is_ours[signal_limit];
static char alternate_stack[64 * 1024];

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
  if (atomic_exchange(&claimed, 0) && !atomic_load(&is_away)) leave(TCSANOW);
  raise_by_default(number);
}

static void on_stop(int number) {
  int saved = errno;
  if (atomic_load(&claimed) && is_foreground() && !atomic_exchange(&is_away, 1)) leave(TCSANOW);
  struct sigaction mine;
  sigaction(number, NULL, &mine);
  raise_by_default(number);
  sigaction(number, &mine, NULL);
  // Without a shell that could continue it, the system does not stop a process: nothing came between.
  if (atomic_load(&claimed) && atomic_load(&is_away) && is_foreground()) {
    come_back();
    wake('C');
    wake('N');
  }
  errno = saved;
}

static void on_continue(int number) {
  (void)number;
  int saved = errno;
  if (atomic_load(&claimed)) {
    // After SIGSTOP, which nothing can catch, the terminal has to be taken again too.
    atomic_store(&is_away, 1);
    if (is_foreground()) come_back();
    wake('C');
  }
  errno = saved;
}

static void on_resize(int number) {
  (void)number;
  wake('W');
}

static void install(int number, void (*handler)(int), int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  is_ours[number] = sigaction(number, &action, NULL) == 0;
}

static int is_fault(int number) {
  return number == SIGQUIT || number == SIGILL || number == SIGTRAP || number == SIGABRT ||
         number == SIGBUS || number == SIGFPE || number == SIGSEGV;
}

/// Whether a signal ends the process unless it is caught; those for real time do, too.
static int is_fatal(int number) {
  switch (number) {
    case SIGKILL:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGCONT:
    case SIGCHLD:
    case SIGURG:
    case SIGWINCH:
      return 0;
    default:
      return 1;
  }
}

static void install_handlers(void) {
  // A stack of its own, so that running out of stack restores the terminal too.
  stack_t stack = {.ss_sp = alternate_stack, .ss_size = sizeof alternate_stack};
  sigaltstack(&stack, NULL);
  for (int number = 1; number < signal_limit; number++) {
    is_ours[number] = 0;
    if (sigaction(number, NULL, &former[number]) != 0 || !is_fatal(number)) continue;
    // A signal that is ignored stays so, and one that something else catches does not end us; but a
    // fault's report must not be written over the picture.
    if (former[number].sa_handler == SIG_IGN) continue;
    if (former[number].sa_handler == SIG_DFL || is_fault(number) || number == SIGINT)
      install(number, on_fatal, SA_ONSTACK);
  }
  install(SIGTSTP, on_stop, SA_RESTART);
  install(SIGTTIN, on_stop, SA_RESTART);
  install(SIGTTOU, on_stop, SA_RESTART);
  install(SIGCONT, on_continue, SA_RESTART);
  install(SIGWINCH, on_resize, SA_RESTART);
}

static void remove_handlers(void) {
  for (int number = 1; number < signal_limit; number++)
    if (is_ours[number]) sigaction(number, &former[number], NULL);
}

void hold_handlers(void) {
  for (int number = 1; number < signal_limit; number++) sigaction(number, NULL, &held[number]);
}

void put_back_handlers(void) {
  for (int number = 1; number < signal_limit; number++)
    if (number != SIGKILL && number != SIGSTOP) sigaction(number, &held[number], NULL);
}

void ct_suspend(void) { raise(SIGTSTP); }

// The terminal -----------------------------------------------------------------------------------

/// A description of its own for the terminal, so that not waiting in writes is nobody else's matter.
static int open_again(int fd) {
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int again = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  return again >= 0 ? again : dup(fd);
}

void set_tty_modes(void) {
  if (atomic_load(&claimed)) tcsetattr(in_fd, TCSADRAIN, &program_modes);
}

/// Every byte comes as it was typed, and none is taken for a signal or for flow control.
static void choose_program_modes(void) {
  program_modes = shell_modes;
  program_modes.c_iflag &=
      ~(tcflag_t)(BRKINT | PARMRK | INPCK | ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXOFF);
  program_modes.c_oflag &= ~(tcflag_t)(OPOST);
  program_modes.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
  program_modes.c_cc[VMIN] = 1;
  program_modes.c_cc[VTIME] = 0;
}

int ct_claim(int in, int out, int wake_descriptor) {
  if (atomic_load(&claimed) || tcgetattr(in, &shell_modes) != 0) return -1;
  out_fd = open_again(out);
  if (out_fd < 0) return -1;
  in_fd = in;
  has_keyboard = 0;
  patience_ms = 0;
  wake_fd = wake_descriptor;
  choose_program_modes();
  install_handlers();
  atomic_store(&is_away, 0);
  atomic_store(&claimed, 1);
  set_tty_modes();
  write_all(out_fd, enter_text, sizeof enter_text - 1);
  return 0;
}

void ct_restore(void) {
  if (!atomic_exchange(&claimed, 0)) return;
  // Flushing drops what came after the fence.
  leave(TCSAFLUSH);
  remove_handlers();
  close(out_fd);
  out_fd = -1;
}

void ct_return(void) {
  if (!atomic_load(&claimed) || !atomic_load(&is_away)) return;
  come_back();
}

ssize_t ct_send(const uint8_t *bytes, size_t count) {
  if (atomic_load(&is_away)) return 0;
  ssize_t written = write(out_fd, bytes, count);
  if (written >= 0) return written;
  return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

int ct_output(void) { return out_fd; }
void ct_push_keyboard(void) { has_keyboard = 1; }
void ct_expect_fence(int milliseconds) { patience_ms = milliseconds; }

int ct_window_size(int fd, ct_size *size) {
  struct winsize window;
  if (ioctl(fd, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) return -1;
  *size = (ct_size){window.ws_col, window.ws_row, window.ws_xpixel, window.ws_ypixel};
  return 0;
}
