// libdeflate, zlib and liblzma, as Swift can call them without an unsafe word: each buffer carries its size. None may be empty: the
// functions that Swift generates would trap. The unused numbers keep Swift 6.3.1 from crashing in release builds (emitLazyDefinitions) on
// these functions; ccompression_decode_lzma, with as many parameters, needs none. Try without them in later compilers.
#pragma once
#include <lifetimebound.h>
#include <ptrcheck.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The memory of a compressor or decompressor. Its owner must free it once, and must not use it on two threads at a time. NULL, the result
/// of a failed allocation, is valid everywhere and does nothing.
typedef struct ccompression_inflater ccompression_inflater;
typedef struct ccompression_deflater ccompression_deflater;
typedef struct ccompression_lzma_decoder ccompression_lzma_decoder;

/// CRC-32 with the register as JFFS2 keeps it: it is not inverted before and after.
uint32_t ccompression_crc32(uint32_t reg, const uint8_t *_Nonnull __counted_by(count) bytes __noescape, size_t count);

/// The register after eight bytes, given as the two little-endian words that they make. Each node header needs one, and its first word may
/// have to be computed with a bit that the flash has cleared.
uint32_t ccompression_crc32_words(uint32_t first, uint32_t second);

ccompression_inflater *_Nullable ccompression_make_inflater(void);
void ccompression_free_inflater(ccompression_inflater *_Nullable inflater);

/// Whether a zlib stream (RFC 1950) with the right Adler-32 fills `output` exactly. If not, the output is arbitrary.
bool ccompression_inflate(
    ccompression_inflater *_Nullable inflater, uint8_t unused1, uint32_t unused2,
    const uint8_t *_Nonnull __counted_by(input_count) input __noescape, size_t input_count,
    uint8_t *_Nonnull __counted_by(output_count) output __noescape, size_t output_count);

/// Inflates as much as `input` gives and `output` takes; how the stream ends does not matter. Returns the number of bytes put out, or -1 if
/// zlib refuses `window_bits`, as for inflateInit2, or has no memory.
ptrdiff_t ccompression_inflate_prefix(
    int window_bits, uint8_t unused1, uint32_t unused2,
    const uint8_t *_Nonnull __counted_by(input_count) input __noescape, size_t input_count,
    uint8_t *_Nonnull __counted_by(output_count) output __noescape, size_t output_count);

/// A compressor with a level of libdeflate.
ccompression_deflater *_Nullable ccompression_make_deflater(int level);
void ccompression_free_deflater(ccompression_deflater *_Nullable deflater);

/// The bytes of the zlib stream (RFC 1950) that was written to `output`, or 0 if it does not fit.
ptrdiff_t ccompression_deflate(
    ccompression_deflater *_Nullable deflater, uint8_t unused1, uint32_t unused2,
    const uint8_t *_Nonnull __counted_by(input_count) input __noescape, size_t input_count,
    uint8_t *_Nonnull __counted_by(output_count) output __noescape, size_t output_count);

ccompression_lzma_decoder *_Nullable ccompression_make_lzma_decoder(void);
void ccompression_free_lzma_decoder(ccompression_lzma_decoder *_Nullable decoder);

/// Whether bare LZMA1 data fills `output`; an end marker or more data may follow. `properties` is the first byte of the classic header.
/// liblzma keeps its memory for the next call with the same dictionary size.
bool ccompression_decode_lzma(
    ccompression_lzma_decoder *_Nullable decoder, uint8_t properties, uint32_t dictionary_size,
    const uint8_t *_Nonnull __counted_by(input_count) input __noescape, size_t input_count,
    uint8_t *_Nonnull __counted_by(output_count) output __noescape, size_t output_count);

/// The bytes of the bare LZMA1 data (lc, lp and pb 0, no end marker) that were written to `output`, or 0 if they do not fit.
ptrdiff_t ccompression_encode_lzma(
    uint32_t dictionary_size, uint8_t unused1, uint32_t unused2,
    const uint8_t *_Nonnull __counted_by(input_count) input __noescape, size_t input_count,
    uint8_t *_Nonnull __counted_by(output_count) output __noescape, size_t output_count);
