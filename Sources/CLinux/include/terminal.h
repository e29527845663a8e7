// The width of a terminal; ioctl is variadic.
#pragma once
#include <sys/ioctl.h>

/// The columns of the terminal at `descriptor`, or 0 if it is not a terminal or its width is unknown.
static inline int clinux_terminal_columns(int descriptor) {
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
