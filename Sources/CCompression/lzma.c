#include "compression.h"

#include <lzma.h>
#include <stdlib.h>

ccompression_lzma_decoder *ccompression_make_lzma_decoder(void) {
  lzma_stream *stream = malloc(sizeof *stream);
  if (stream != NULL) *stream = (lzma_stream)LZMA_STREAM_INIT;
  return (ccompression_lzma_decoder *)stream;
}

void ccompression_free_lzma_decoder(ccompression_lzma_decoder *decoder) {
  lzma_stream *stream = (lzma_stream *)decoder;
  if (stream == NULL) return;
  lzma_end(stream);
  free(stream);
}

bool ccompression_decode_lzma(
    ccompression_lzma_decoder *decoder, uint8_t properties, uint32_t dictionary_size, const uint8_t *input, size_t input_count,
    uint8_t *output, size_t output_count) {
  lzma_stream *stream = (lzma_stream *)decoder;
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
  (void)lzma_code(stream, LZMA_RUN);
  return stream->avail_out == 0;
}

ptrdiff_t ccompression_encode_lzma(
    uint32_t dictionary_size, uint8_t unused1, uint32_t unused2, const uint8_t *input, size_t input_count, uint8_t *output,
    size_t output_count) {
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
