#pragma once

// What curses must not touch: it installs signal handlers and sets the tty's modes when it starts and
// when it ends, and both are in use already.

/// Notes which handlers are installed.
void hold_handlers(void);
/// Installs those again that were noted last.
void put_back_handlers(void);
/// Sets the tty's modes that the program runs with.
void set_tty_modes(void);
