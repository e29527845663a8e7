// MTD character devices: their ioctl requests are built by macros.
#pragma once
#include <stdint.h>

/// The bytes of an erase block (MEMGETINFO), or -errno.
int64_t clinux_mtd_erase_size(int descriptor);

/// Whether the erase block at `offset` is marked bad (MEMGETBADBLOCK): 1, 0, or -errno; 0 for memories that know
/// no bad blocks.
int clinux_mtd_is_bad_block(int descriptor, int64_t offset);
