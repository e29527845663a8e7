#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

// A decoder of gzip data that checks the CRC and the length at the end of each member, which libarchive's decoder ignores. What follows the
// last member is ignored, as gzip(1) does.
typedef struct {
  z_stream stream;
  // Whether zlib has allocated memory, which is when the first member began; whether one is being decoded.
  bool is_ready, is_in_member;
  // Why nothing more can be decoded; NULL if nothing is wrong.
  const char *error;
  uint8_t output[128 << 10];
} carchive_gzip;

// Puts the next bytes at `input` where decoding continues; 0 at the end of the data, -1 for a failure.
typedef ptrdiff_t (*carchive_gzip_source)(void *context, const uint8_t **input);

// Returns the number of bytes in `output`, 0 at the end, -1 for a failure, once all bytes before it have been returned.
ptrdiff_t carchive_gzip_decode(carchive_gzip *gzip, carchive_gzip_source source, void *context);

void carchive_gzip_close(carchive_gzip *gzip);
