// Output: files that get their name when they are complete, and the terminal. Functions give -errno on failure.
#pragma once

/// Opens a new file without a name in a directory, for writing and reading, with the permissions of any new file. Fails if the file cannot
/// be named later. (O_TMPFILE is a macro of macros.)
int clinux_nameless_output(const char *directory);

/// Gives a file of `clinux_nameless_output` a name that is not taken.
int clinux_name_output(int descriptor, const char *path);

/// The columns of the terminal at `descriptor`, or 0 if it is not a terminal or its width is unknown. (ioctl is variadic.)
int clinux_terminal_columns(int descriptor);
