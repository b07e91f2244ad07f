#define _GNU_SOURCE 1
#define _XOPEN_SOURCE_EXTENDED 1
#include "CTerminal.h"
#include "leaving.h"

#include <curses.h>
#include <dlfcn.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <sys/mman.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

static SCREEN *screen;
static FILE *in_file;
static FILE *out_file;
/// How much of what was drawn has been taken.
static off_t taken;

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
}

int ct_start(const char *term, int in) {
  // Curses draws into memory: what it draws is sent as fast as the line takes it, and counted.
  int in_copy = dup(in), memory = memfd_create("screen", MFD_CLOEXEC);
  in_file = in_copy < 0 ? NULL : fdopen(in_copy, "r");
  out_file = memory < 0 ? NULL : fdopen(memory, "w");
  taken = 0;
  // The size is the description's: LINES and COLUMNS may say anything.
  use_env(FALSE);
  // Curses catches signals too; those are ours.
  hold_handlers();
  screen = in_file && out_file ? newterm(term, out_file, in_file) : NULL;
  put_back_handlers();
  set_tty_modes();
  if (!screen) {
    close_files();
    return -1;
  }
  set_term(screen);
  nonl();
  typeahead(-1);
  leaveok(stdscr, TRUE);
  scrollok(stdscr, FALSE);
  curs_set(0);
  // Outside of the cells the terminal's own colours hold; else curses leaves white on black behind.
  if (has_colors() && start_color() == OK) use_default_colors();
  return 0;
}

void ct_end(void) {
  if (!screen) return;
  hold_handlers();
  endwin();
  delscreen(screen);
  put_back_handlers();
  screen = NULL;
  set_tty_modes();
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

void ct_repaint(void) { clearok(curscr, TRUE); }
void ct_repaint_rows(int first, int count) { wredrawln(stdscr, first, count); }

/// Shadows the C library's table, which curses asks and which may be older than the characters: the
/// blocks of Unicode 13 and 16 (U+1CC00..1CEBF, U+1FB00..1FBFF) are one cell wide.
int wcwidth(wchar_t c) {
  if ((c >= 0x1CC00 && c < 0x1CEC0) || (c >= 0x1FB00 && c < 0x1FC00)) return 1;
  static int (*library)(wchar_t);
  if (!library) library = (int (*)(wchar_t))dlsym(RTLD_NEXT, "wcwidth");
  return library ? library(c) : 1;
}
