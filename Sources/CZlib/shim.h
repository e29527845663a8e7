// zlib, as Swift can call it without an unsafe word: each buffer carries its size. Empty ones are as in CDeflate/shim.h.
#pragma once
#include <lifetimebound.h>
#include <limits.h>
#include <ptrcheck.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

// Inflates as much as `input` gives and `output` takes; how the stream ends does not matter. Returns the number of
// bytes put out, or -1 where zlib refuses `window_bits` (a macro in C: inflateInit2) or has no memory.
// The two unused numbers keep Swift 6.3.1 from crashing in release builds (emitLazyDefinitions) on the wrapper that it makes
// for this function; clzma_decode, with as many parameters, needs none. Try without them in later compilers.
static inline ptrdiff_t czlib_inflate_prefix(
    int window_bits, uint8_t unused1, uint32_t unused2, const uint8_t *_Nullable __counted_by(input_count) input __noescape, size_t input_count,
    uint8_t *_Nonnull __counted_by(output_count) output __noescape, size_t output_count) {
  (void)unused1, (void)unused2;
  z_stream stream = {
      .next_in = (Bytef *)input,
      .avail_in = input_count < UINT_MAX ? (uInt)input_count : UINT_MAX,
      .next_out = output,
      .avail_out = output_count < UINT_MAX ? (uInt)output_count : UINT_MAX,
  };
  if (inflateInit2(&stream, window_bits) != Z_OK) return -1;
  while (inflate(&stream, Z_FINISH) == Z_OK) continue;
  inflateEnd(&stream);
  return (ptrdiff_t)stream.total_out;
}
