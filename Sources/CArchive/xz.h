// Compression of an archive to xz by several threads.
#pragma once
#include <lzma.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  lzma_stream stream;
  uint8_t output[64 << 10];
} carchive_encoder;

/// Starts a stream; false if there is no memory for it.
bool carchive_start(carchive_encoder *encoder);

/// Compresses some of the bytes, or ends the stream where there are none, and leaves what is to be written in `output`. Returns after a
/// tenth of a second at the latest.
///
/// Returns the number of bytes in `output`, or -1 for a failure. `is_done` is set once all bytes are taken, or the stream has ended.
ptrdiff_t carchive_encode(carchive_encoder *encoder, const uint8_t **bytes, size_t *count, bool is_end, bool *is_done);
