// The width of a terminal; ioctl is variadic.
#pragma once
#include <sys/ioctl.h>

/// The columns of the terminal at `descriptor`, or 0 where it is none or does not tell.
static inline int clinux_terminal_columns(int descriptor) {
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
