// libdeflate, as Swift can call it without an unsafe word: each buffer carries its size. An input may be empty, and is then NULL; an
// output must not be, since the function that Swift generates would trap.
#pragma once
#include <libdeflate.h>
#include <lifetimebound.h>
#include <ptrcheck.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// CRC-32 with the register as JFFS2 keeps it: libdeflate inverts it before and after.
static inline uint32_t cdeflate_crc32_register(
    uint32_t reg, const uint8_t *_Nullable __counted_by(count) bytes __noescape, size_t count) {
  if (count == 0) return reg;
  return libdeflate_crc32(reg ^ 0xFFFFFFFFu, bytes, count) ^ 0xFFFFFFFFu;
}

// Whether a zlib stream (RFC 1950) with the right Adler-32 fills `output` exactly. If not, the output is arbitrary. NULL, the result of
// a failed allocation, decompresses nothing.
// The two unused numbers keep Swift 6.3.1 from crashing in release builds (emitLazyDefinitions) on the wrapper that it makes
// for this function; clzma_decode, with as many parameters, needs none. Try without them in later compilers.
static inline bool cdeflate_zlib_decompress(
    struct libdeflate_decompressor *decompressor, uint8_t unused1, uint32_t unused2, const uint8_t *_Nullable __counted_by(input_count) input __noescape,
    size_t input_count, uint8_t *_Nonnull __counted_by(output_count) output __noescape,
    size_t output_count) {
  (void)unused1, (void)unused2;
  return decompressor != NULL &&
         libdeflate_zlib_decompress(decompressor, input, input_count, output, output_count, NULL) ==
             LIBDEFLATE_SUCCESS;
}

// The register after eight bytes, given as the two little-endian words that they make. Each node header needs one, and
// its first word may have to be computed with a bit that the flash has cleared.
static inline uint32_t cdeflate_crc32_words(uint32_t first, uint32_t second) {
  uint8_t bytes[8];
  for (int i = 0; i < 4; i++) {
    bytes[i] = (uint8_t)(first >> (8 * i));
    bytes[4 + i] = (uint8_t)(second >> (8 * i));
  }
  return libdeflate_crc32(0xFFFFFFFFu, bytes, sizeof bytes) ^ 0xFFFFFFFFu;
}

// A compressor, with the rules of a decompressor. 0 compresses nothing.
typedef struct {
  uintptr_t address;
} cdeflate_compressor;

static inline cdeflate_compressor cdeflate_make_compressor(int level) {
  return (cdeflate_compressor){(uintptr_t)libdeflate_alloc_compressor(level)};
}

static inline void cdeflate_free_compressor(cdeflate_compressor compressor) {
  libdeflate_free_compressor((struct libdeflate_compressor *)compressor.address);
}

// The bytes of the zlib stream (RFC 1950) that was written to `output`, or 0 if it does not fit. The two unused numbers are there for
// the reason given at cdeflate_zlib_decompress.
static inline ptrdiff_t cdeflate_zlib_compress(
    cdeflate_compressor compressor, uint8_t unused1, uint32_t unused2,
    const uint8_t *_Nullable __counted_by(input_count) input __noescape, size_t input_count,
    uint8_t *_Nonnull __counted_by(output_count) output __noescape, size_t output_count) {
  (void)unused1, (void)unused2;
  if (compressor.address == 0) return 0;
  return (ptrdiff_t)libdeflate_zlib_compress(
      (struct libdeflate_compressor *)compressor.address, input, input_count, output, output_count);
}
