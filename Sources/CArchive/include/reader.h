// libarchive's reading side. None of these functions opens files. No output may be empty: the function that Swift generates would trap.
#pragma once
#include <archive.h>
#include <lifetimebound.h>
#include <ptrcheck.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A reader of an archive, or of what is compressed. Its owner must close it once, and must not use it on two threads at a time. NULL, the
/// result of a failed allocation, is valid everywhere and reads nothing.
typedef struct carchive_reader carchive_reader;

/// Loads the locale of the names in archives, for a process that will open no file.
void carchive_prepare(void);

/// The compression of the bytes.
typedef enum __attribute__((enum_extensibility(closed))) {
  carchive_filter_none = ARCHIVE_FILTER_NONE,
  carchive_filter_gzip = ARCHIVE_FILTER_GZIP,
  carchive_filter_bzip2 = ARCHIVE_FILTER_BZIP2,
  carchive_filter_compress = ARCHIVE_FILTER_COMPRESS,
  carchive_filter_xz = ARCHIVE_FILTER_XZ,
  carchive_filter_lzma = ARCHIVE_FILTER_LZMA,
  carchive_filter_lz4 = ARCHIVE_FILTER_LZ4,
  carchive_filter_zstd = ARCHIVE_FILTER_ZSTD,
} carchive_filter;

/// Reads `count` bytes from `start` on of a descriptor, which stays its owner's and must outlive the reader. The decompressed data may be
/// an archive, if `may_be_archive`, or any bytes. Failures show at the first carchive_next.
carchive_reader *_Nullable carchive_open(int descriptor, uint64_t start, uint64_t count, carchive_filter filter, bool may_be_archive);

void carchive_close(carchive_reader *_Nullable reader);

/// How many bytes may be decompressed from here on.
void carchive_allow(carchive_reader *_Nullable reader, uint64_t byte_count);

/// How many are left of them.
uint64_t carchive_allowance(carchive_reader *_Nullable reader);

/// How many bytes of the descriptor have been used, as opposed to read ahead.
uint64_t carchive_consumed(carchive_reader *_Nullable reader);

/// Whether a failure means that there would have been more.
bool carchive_is_exhausted(carchive_reader *_Nullable reader);

/// Goes to the next member: 1 where there is one, 0 at the end, -1 for a failure, after which nothing more can be read.
int carchive_next(carchive_reader *_Nullable reader);

/// Whether bytes that should be the header of a member were none, so that members may be missing.
bool carchive_has_skipped(carchive_reader *_Nullable reader);

/// Decompresses what follows the last member, with which the checksums of the compression are compared; false for a failure.
bool carchive_read_to_end(carchive_reader *_Nullable reader);

/// Whether the member is a regular file with contents: not a directory, a device or a link.
bool carchive_is_file(carchive_reader *_Nullable reader);

bool carchive_is_encrypted(carchive_reader *_Nullable reader);

/// Whether the archive is known to have encrypted parts, its list of members among them.
bool carchive_has_encrypted(carchive_reader *_Nullable reader);

/// The size of the member as declared in the archive, or -1.
int64_t carchive_size(carchive_reader *_Nullable reader);

/// Passes the member's next block by: its bytes, 0 at the end, -1 for a failure.
ptrdiff_t carchive_pass(carchive_reader *_Nullable reader);

/// Reads the next bytes of the member: their number, 0 at its end, -1 for a failure, once all bytes before it have been read. libarchive's
/// archive_read_data drops its buffered data at damage, and never ends if the ranges of a sparse file are out of order.
ptrdiff_t carchive_read(
    carchive_reader *_Nullable reader, uint8_t *_Nonnull __counted_by(output_count) output __noescape, size_t output_count);

/// The system's answer where the descriptor could not be read, else 0.
int carchive_read_error(carchive_reader *_Nullable reader);

/// Whether the member is all that compressed data without an archive in them hold.
bool carchive_is_raw(carchive_reader *_Nullable reader);

/// The member's name as it is stored, valid until the next member; NULL where it has none.
const char *_Nullable carchive_name_of(carchive_reader *_Nullable reader);

/// libarchive's message about what failed, valid until the next call; NULL where it has none.
const char *_Nullable carchive_error(carchive_reader *_Nullable reader);
