// libdeflate, as Swift can call it without an unsafe word: each buffer carries its size.
#pragma once
#include <libdeflate.h>
#include <lifetimebound.h>
#include <ptrcheck.h>
#include <stddef.h>
#include <stdint.h>

// CRC-32 with the register as JFFS2 keeps it: libdeflate inverts it on the way in and out.
static inline uint32_t cdeflate_crc32_register(
    uint32_t reg, const uint8_t *__counted_by(count) bytes __noescape, size_t count) {
  return libdeflate_crc32(reg ^ 0xFFFFFFFFu, bytes, count) ^ 0xFFFFFFFFu;
}
