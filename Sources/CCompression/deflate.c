// libdeflate for whole streams and checksums, zlib for streams that are incomplete.
#include "compression.h"

#include <libdeflate.h>
#include <limits.h>
#include <zlib.h>

// libdeflate inverts the register before and after.
uint32_t ccompression_crc32(uint32_t reg, const uint8_t *bytes, size_t count) {
  return libdeflate_crc32(~reg, bytes, count) ^ 0xFFFFFFFFu;
}

uint32_t ccompression_crc32_words(uint32_t first, uint32_t second) {
  uint8_t bytes[8];
  for (int i = 0; i < 4; i++) {
    bytes[i] = (uint8_t)(first >> (8 * i));
    bytes[4 + i] = (uint8_t)(second >> (8 * i));
  }
  return libdeflate_crc32(0xFFFFFFFFu, bytes, sizeof bytes) ^ 0xFFFFFFFFu;
}

ccompression_inflater *ccompression_make_inflater(void) {
  return (ccompression_inflater *)libdeflate_alloc_decompressor();
}

void ccompression_free_inflater(ccompression_inflater *inflater) {
  libdeflate_free_decompressor((struct libdeflate_decompressor *)inflater);
}

bool ccompression_inflate(
    ccompression_inflater *inflater, uint8_t unused1, uint32_t unused2, const uint8_t *input, size_t input_count, uint8_t *output,
    size_t output_count) {
  (void)unused1, (void)unused2;
  if (inflater == NULL) return false;
  return libdeflate_zlib_decompress(
             (struct libdeflate_decompressor *)inflater, input, input_count, output, output_count, NULL) ==
         LIBDEFLATE_SUCCESS;
}

ptrdiff_t ccompression_inflate_prefix(
    int window_bits, uint8_t unused1, uint32_t unused2, const uint8_t *input, size_t input_count, uint8_t *output,
    size_t output_count) {
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

ccompression_deflater *ccompression_make_deflater(int level) {
  return (ccompression_deflater *)libdeflate_alloc_compressor(level);
}

void ccompression_free_deflater(ccompression_deflater *deflater) {
  libdeflate_free_compressor((struct libdeflate_compressor *)deflater);
}

ptrdiff_t ccompression_deflate(
    ccompression_deflater *deflater, uint8_t unused1, uint32_t unused2, const uint8_t *input, size_t input_count, uint8_t *output,
    size_t output_count) {
  (void)unused1, (void)unused2;
  if (deflater == NULL) return 0;
  return (ptrdiff_t)libdeflate_zlib_compress(
      (struct libdeflate_compressor *)deflater, input, input_count, output, output_count);
}
