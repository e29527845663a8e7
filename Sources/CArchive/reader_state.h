#pragma once
#include "gzip.h"
#include "reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

// libarchive's reader over the bytes from start to end of a descriptor. Where they are compressed, `decoder` is a second reader that only
// decompresses, and from which the first one has its bytes: so all of them are counted here, those too that libarchive passes over by
// itself. For gzip, `gzip` is in its place.
struct carchive_reader {
  struct archive *archive, *decoder;
  carchive_gzip *gzip;
  struct archive_entry *entry;
  // The locale that names are converted to: in that of C, libarchive loses those of ZIP and 7z that are not ASCII.
  locale_t utf8;
  bool is_open, is_decoding, has_failed;
  // Whether members may be missing because of a damaged header.
  bool has_skipped;
  // The bytes that may still be decompressed, and whether there were more.
  uint64_t allowance;
  bool is_exhausted;
  int descriptor;
  int read_error;
  int64_t start, position, end;
  // The member's bytes: the position up to which they were returned, and the block that follows there or after a hole.
  int64_t member_position, block_offset;
  const uint8_t *block;
  size_t block_count;
  // Why there is no further block: 0 where there may be one, 1 at the end, -1 for a failure.
  int block_end;
  uint8_t buffer[128 << 10];
};
