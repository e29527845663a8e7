// Files without a name. Functions give -errno on failure.
#pragma once

/// Opens a new file without a name in a directory, for reading and writing, close-on-exec. (O_TMPFILE is a macro of macros.)
int clinux_unnamed_file(const char *folder);

/// The same in memory. (memfd_create needs _GNU_SOURCE.)
int clinux_memory_file(const char *name);
