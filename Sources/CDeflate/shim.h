// Nothing but the library: what Swift calls is in CCompression.
#pragma once
#include <libdeflate.h>

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
