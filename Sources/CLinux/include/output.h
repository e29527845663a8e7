// Files that get their name when they are complete. Functions give -errno on failure.
#pragma once

/// Opens a new file without a name in a directory, for writing and reading, with the permissions of any new file. Fails if the file
/// cannot be named later. (O_TMPFILE is a macro of macros.)
int clinux_nameless_output(const char *folder);

/// Gives a file of `clinux_nameless_output` a name that is not taken.
int clinux_name_output(int descriptor, const char *path);
