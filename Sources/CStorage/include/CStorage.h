// What reading files takes that Swift cannot call: variadic functions, function-like macros, structures of the kernel. Functions give
// -errno on failure.
#pragma once
#include <stdint.h>

/// A descriptor's st_mode, st_size and st_rdev by the system call fstat. The C library's function of that name may use one that takes a
/// path as well, which a confined process may not.
int cstorage_status(int descriptor, uint32_t *mode, uint64_t *byte_count, uint64_t *device);

/// Whether a device number belongs to an MTD character device. (major is a macro.)
int cstorage_is_mtd(uint64_t device);

/// The bytes of an erase block of an MTD device; 0 or a few for memories that can be written byte by byte.
int64_t cstorage_mtd_erase_size(int descriptor);

/// Whether the erase block at an offset is marked bad: 1 or 0, or 0 where the driver knows of no bad blocks.
int cstorage_mtd_is_bad_block(int descriptor, int64_t offset);

/// A file without a name in a directory, for reading and writing. (open is variadic.)
int cstorage_unnamed_file(const char *directory);

/// A file without a name in memory. `name` is for debuggers.
int cstorage_memory_file(const char *name);
