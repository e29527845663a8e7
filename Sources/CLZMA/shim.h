// liblzma, as Swift can call it without an unsafe word: each buffer carries its size.
#pragma once
#include <lifetimebound.h>
#include <lzma.h>
#include <ptrcheck.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

// A decoder, as an address that Swift cannot look after: a pointer in a Swift struct would make all of its methods
// say unsafe. Its owner must free it once, and must not use it on two threads at a time. 0, which stands for a failed
// allocation, is valid everywhere and decodes nothing.
typedef struct {
  uintptr_t address;
} clzma_decoder;

static inline clzma_decoder clzma_make_decoder(void) {
  lzma_stream *stream = malloc(sizeof *stream);
  if (stream != NULL) *stream = (lzma_stream)LZMA_STREAM_INIT;
  return (clzma_decoder){(uintptr_t)stream};
}

static inline void clzma_free_decoder(clzma_decoder decoder) {
  if (decoder.address == 0) return;
  lzma_end((lzma_stream *)decoder.address);
  free((lzma_stream *)decoder.address);
}

// Whether bare LZMA1 data fills `output`; an end marker or more data may follow. `properties` is the first byte of
// the classic header. liblzma keeps its memory for the next call with the same dictionary size.
static inline bool clzma_decode(
    clzma_decoder decoder, uint8_t properties, uint32_t dictionary_size,
    const uint8_t *__counted_by(input_count) input __noescape, size_t input_count,
    uint8_t *__counted_by(output_count) output __noescape, size_t output_count) {
  lzma_stream *stream = (lzma_stream *)decoder.address;
  lzma_options_lzma options = {.dict_size = dictionary_size};
  if (stream == NULL || properties >= 9 * 5 * 5) return false;
  options.lc = properties % 9;
  options.lp = properties / 9 % 5;
  options.pb = properties / 45;
  lzma_filter filters[] = {{LZMA_FILTER_LZMA1, &options}, {LZMA_VLI_UNKNOWN, NULL}};
  if (lzma_raw_decoder(stream, filters) != LZMA_OK) return false;
  stream->next_in = input;
  stream->avail_in = input_count;
  stream->next_out = output;
  stream->avail_out = output_count;
  lzma_code(stream, LZMA_RUN);
  return stream->avail_out == 0;
}
