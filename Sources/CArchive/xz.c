#include "xz.h"

#include <unistd.h>

bool carchive_start(carchive_encoder *encoder) {
  encoder->stream = (lzma_stream)LZMA_STREAM_INIT;
  // With two threads or more, liblzma compresses blocks of a fixed size, so that their number does not show. Each takes some 100 MB.
  lzma_mt options = {
      .threads = sysconf(_SC_NPROCESSORS_ONLN) > 2 ? 4 : 2,
      .timeout = 100,
      .preset = LZMA_PRESET_DEFAULT,
      .check = LZMA_CHECK_CRC64,
  };
  return lzma_stream_encoder_mt(&encoder->stream, &options) == LZMA_OK;
}

ptrdiff_t carchive_encode(
    carchive_encoder *encoder, const uint8_t **bytes, size_t *count, bool is_end, bool *is_done) {
  lzma_stream *stream = &encoder->stream;
  stream->next_in = *bytes;
  stream->avail_in = *count;
  stream->next_out = encoder->output;
  stream->avail_out = sizeof encoder->output;
  lzma_ret result = lzma_code(stream, is_end ? LZMA_FINISH : LZMA_RUN);
  *bytes = stream->next_in;
  *count = stream->avail_in;
  *is_done = is_end ? result == LZMA_STREAM_END : stream->avail_in == 0;
  if (result != LZMA_OK && result != LZMA_STREAM_END) return -1;
  return (ptrdiff_t)(sizeof encoder->output - stream->avail_out);
}
