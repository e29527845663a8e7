// liblzma, as Swift can call it without an unsafe word: each buffer carries its size. Empty ones are as in CDeflate/shim.h.
#pragma once
#include <lifetimebound.h>
#include <lzma.h>
#include <ptrcheck.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

// A decoder. Its owner must free it once, and must not use it on two threads at a time. NULL, the result of a failed allocation, is
// valid everywhere and decodes nothing. (LZMA_STREAM_INIT is a macro.)
static inline lzma_stream *clzma_make_decoder(void) {
  lzma_stream *stream = malloc(sizeof *stream);
  if (stream != NULL) *stream = (lzma_stream)LZMA_STREAM_INIT;
  return stream;
}

static inline void clzma_free_decoder(lzma_stream *decoder) {
  if (decoder == NULL) return;
  lzma_end(decoder);
  free(decoder);
}

// Whether bare LZMA1 data fills `output`; an end marker or more data may follow. `properties` is the first byte of
// the classic header. liblzma keeps its memory for the next call with the same dictionary size.
static inline bool clzma_decode(
    lzma_stream *decoder, uint8_t properties, uint32_t dictionary_size,
    const uint8_t *_Nullable __counted_by(input_count) input __noescape, size_t input_count,
    uint8_t *_Nonnull __counted_by(output_count) output __noescape, size_t output_count) {
  lzma_options_lzma options = {.dict_size = dictionary_size};
  if (decoder == NULL || properties >= 9 * 5 * 5) return false;
  options.lc = properties % 9;
  options.lp = properties / 9 % 5;
  options.pb = properties / 45;
  lzma_filter filters[] = {{LZMA_FILTER_LZMA1, &options}, {LZMA_VLI_UNKNOWN, NULL}};
  if (lzma_raw_decoder(decoder, filters) != LZMA_OK) return false;
  decoder->next_in = input;
  decoder->avail_in = input_count;
  decoder->next_out = output;
  decoder->avail_out = output_count;
  lzma_code(decoder, LZMA_RUN);
  return decoder->avail_out == 0;
}

// The bytes of the bare LZMA1 data (lc, lp and pb 0, no end marker) that were written to `output`, or 0 if they do not fit. The two
// unused numbers are there for the reason given in CDeflate/shim.h.
static inline ptrdiff_t clzma_encode(
    uint32_t dictionary_size, uint8_t unused1, uint32_t unused2,
    const uint8_t *_Nullable __counted_by(input_count) input __noescape, size_t input_count,
    uint8_t *_Nonnull __counted_by(output_count) output __noescape, size_t output_count) {
  (void)unused1, (void)unused2;
  lzma_options_lzma options;
  if (lzma_lzma_preset(&options, 6)) return 0;
  options.dict_size = dictionary_size;
  options.lc = options.lp = options.pb = 0;
  // LZMA1EXT is LZMA1 that need not write an end marker.
  options.ext_flags = 0;
  options.ext_size_low = (uint32_t)input_count;
  options.ext_size_high = 0;
  lzma_filter filters[] = {{LZMA_FILTER_LZMA1EXT, &options}, {LZMA_VLI_UNKNOWN, NULL}};
  size_t count = 0;
  lzma_ret result = lzma_raw_buffer_encode(filters, NULL, input, input_count, output, &count, output_count);
  return result == LZMA_OK ? (ptrdiff_t)count : 0;
}
