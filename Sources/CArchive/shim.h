// libarchive's reading side, as Swift can call it without an unsafe word. Nothing here names per file of the system.
#pragma once
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <lifetimebound.h>
#include <ptrcheck.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A reader, as an address that Swift cannot look after: a pointer in a Swift struct would make all of its methods
// say unsafe. Its owner must close it once, and must not use it on two threads at a time. 0, which stands for a failed
// allocation, is valid everywhere and reads nothing.
typedef struct {
  uintptr_t address;
} carchive_reader;

// What is after the address: libarchive's reader over the bytes from start to end of a descriptor. Where they are compressed, `decoder`
// is a second reader that only decompresses, and from which the first one has its bytes: so all of them are counted here, those too
// that libarchive passes over by itself.
struct carchive_state {
  struct archive *archive, *decoder;
  struct archive_entry *entry;
  bool is_open, is_decoding;
  // The bytes that may still be decompressed, and whether there were more.
  uint64_t allowance;
  bool is_exhausted;
  int descriptor;
  int read_error;
  int64_t start, position, end;
  // The member's bytes: the place up to which they were handed out, and the block that follows there or after a hole.
  int64_t member_position, block_offset;
  const uint8_t *block;
  size_t block_count;
  // Why there is not a further block: 0 where there may be one, 1 at the end, -1 for a failure.
  int block_end;
  uint8_t buffer[128 << 10];
};

static inline struct carchive_state *carchive_state_of(carchive_reader reader) {
  return (struct carchive_state *)reader.address;
}

static inline la_ssize_t carchive_on_read(struct archive *archive, void *data, const void **bytes) {
  struct carchive_state *state = data;
  size_t wanted = sizeof state->buffer;
  if ((int64_t)wanted > state->end - state->position) wanted = (size_t)(state->end - state->position);
  *bytes = state->buffer;
  if (wanted == 0) return 0;
  ssize_t count;
  do count = pread(state->descriptor, state->buffer, wanted, state->start + state->position);
  while (count < 0 && errno == EINTR);
  if (count < 0) {
    state->read_error = errno;
    archive_set_error(archive, errno, "cannot read");
    return -1;
  }
  state->position += count;
  return count;
}

static inline la_int64_t carchive_on_skip(struct archive *archive, void *data, la_int64_t request) {
  struct carchive_state *state = data;
  (void)archive;
  if (request > state->end - state->position) request = state->end - state->position;
  if (request < 0) request = 0;
  state->position += request;
  return request;
}

static inline la_int64_t carchive_on_seek(
    struct archive *archive, void *data, la_int64_t offset, int whence) {
  struct carchive_state *state = data;
  (void)archive;
  int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? state->position : state->end;
  int64_t target;
  if (__builtin_add_overflow(base, offset, &target)) return ARCHIVE_FATAL;
  if (target < 0) target = 0;
  if (target > state->end) target = state->end;
  return state->position = target;
}

// The next bytes that come out of the decompressor.
static inline la_ssize_t carchive_on_decode(struct archive *archive, void *data, const void **bytes) {
  struct carchive_state *state = data;
  struct archive_entry *entry;
  la_int64_t offset;
  size_t count = 0;
  int result = ARCHIVE_OK;
  if (!state->is_decoding) result = archive_read_next_header(state->decoder, &entry);
  state->is_decoding = true;
  while (result == ARCHIVE_OK && count == 0) result = archive_read_data_block(state->decoder, bytes, &count, &offset);
  if (result == ARCHIVE_EOF) return 0;
  if (result != ARCHIVE_OK) {
    const char *reason = archive_error_string(state->decoder);
    archive_set_error(archive, archive_errno(state->decoder), "%s", reason != NULL ? reason : "");
    return -1;
  }
  if (count > state->allowance) {
    state->is_exhausted = true;
    archive_set_error(archive, EFBIG, "too many bytes");
    return -1;
  }
  state->allowance -= count;
  return (la_ssize_t)count;
}

static inline void carchive_close(carchive_reader reader) {
  struct carchive_state *state = carchive_state_of(reader);
  if (state == NULL) return;
  archive_read_free(state->archive);
  archive_read_free(state->decoder);
  free(state);
}

// The decompressor before the bytes.
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

// Sets up the one decompressor. libarchive's search would chain up to 25 of them without counting the bytes between them: a
// small file could keep it busy for days. Where a libarchive lacks it, it would run a program, and says so with a warning; that is not
// wanted.
static inline bool carchive_set_filter(struct archive *archive, carchive_filter filter) {
  if (filter == carchive_filter_none) return true;
  struct archive *trial = archive_read_new();
  if (trial == NULL) return false;
  bool is_built_in = archive_read_support_filter_by_code(trial, (int)filter) == ARCHIVE_OK;
  archive_read_free(trial);
  return is_built_in && archive_read_append_filter(archive, (int)filter) == ARCHIVE_OK;
}

// Reads `count` bytes from `start` on of a descriptor, which stays its owner's and must outlive the reader. After the decompressor may be
// an archive, if `may_be_archive`, or any bytes. Failures show at the first carchive_next.
static inline carchive_reader carchive_open(
    int descriptor, uint64_t start, uint64_t count, carchive_filter filter, bool may_be_archive) {
  struct carchive_state *state = calloc(1, sizeof *state);
  if (state == NULL) return (carchive_reader){0};
  bool is_compressed = filter != carchive_filter_none;
  state->archive = archive_read_new();
  state->decoder = is_compressed ? archive_read_new() : NULL;
  if (state->archive == NULL || (is_compressed && state->decoder == NULL)) {
    carchive_close((carchive_reader){(uintptr_t)state});
    return (carchive_reader){0};
  }
  state->descriptor = descriptor;
  state->start = (int64_t)start;
  state->end = (int64_t)count;
  struct archive *source = is_compressed ? state->decoder : state->archive;
  bool has_filter = carchive_set_filter(source, filter);
  if (is_compressed) {
    archive_read_support_format_raw(state->decoder);
    archive_read_support_format_raw(state->archive);
    archive_read_set_callback_data(state->archive, state);
    archive_read_set_read_callback(state->archive, carchive_on_decode);
  }
  if (may_be_archive) {
    archive_read_support_format_tar(state->archive);
    archive_read_support_format_cpio(state->archive);
    archive_read_support_format_zip(state->archive);
    archive_read_support_format_7zip(state->archive);
  }
  archive_read_set_callback_data(source, state);
  archive_read_set_read_callback(source, carchive_on_read);
  archive_read_set_skip_callback(source, carchive_on_skip);
  archive_read_set_seek_callback(source, carchive_on_seek);
  if (!has_filter) state->end = -1;
  return (carchive_reader){(uintptr_t)state};
}

// How many bytes may be decompressed from here on.
static inline void carchive_allow(carchive_reader reader, uint64_t byte_count) {
  struct carchive_state *state = carchive_state_of(reader);
  if (state != NULL) state->allowance = byte_count;
}

// How many are left of them.
static inline uint64_t carchive_allowance(carchive_reader reader) {
  struct carchive_state *state = carchive_state_of(reader);
  return state != NULL ? state->allowance : 0;
}

// How many bytes of the descriptor have been used, as opposed to read ahead.
static inline uint64_t carchive_consumed(carchive_reader reader) {
  struct carchive_state *state = carchive_state_of(reader);
  if (state == NULL || !state->is_open) return 0;
  int64_t count = archive_filter_bytes(state->decoder != NULL ? state->decoder : state->archive, -1);
  return count > 0 ? (uint64_t)count : 0;
}

// Whether a failure means that there would have been more.
static inline bool carchive_is_exhausted(carchive_reader reader) {
  struct carchive_state *state = carchive_state_of(reader);
  return state != NULL && state->is_exhausted;
}

// Begins to read, which decompresses the first bytes.
static inline void carchive_begin(struct carchive_state *state) {
  if (state->is_open || state->end < 0) return;
  state->is_open = true;
  if (state->decoder != NULL && archive_read_open1(state->decoder) != ARCHIVE_OK) state->end = -1;
  else if (archive_read_open1(state->archive) != ARCHIVE_OK) state->end = -1;
}

// Goes to the next member: 1 where there is one, 0 at the end, -1 for a failure, after which nothing more can be read.
static inline int carchive_next(carchive_reader reader) {
  struct carchive_state *state = carchive_state_of(reader);
  if (state == NULL) return -1;
  carchive_begin(state);
  if (state->end < 0) return -1;
  state->entry = NULL;
  state->member_position = state->block_offset = 0;
  state->block_count = 0;
  state->block_end = 0;
  int result;
  do result = archive_read_next_header(state->archive, &state->entry);
  while (result == ARCHIVE_RETRY);
  if (result == ARCHIVE_EOF) return 0;
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) state->entry = NULL;
  return state->entry != NULL ? 1 : -1;
}

// Whether the member is a file with data: not a directory, no device, no link to another member.
static inline bool carchive_is_file(carchive_reader reader) {
  struct carchive_state *state = carchive_state_of(reader);
  if (state == NULL || state->entry == NULL) return false;
  if (archive_entry_filetype(state->entry) != AE_IFREG) return false;
  return archive_entry_hardlink(state->entry) == NULL || archive_entry_size(state->entry) > 0;
}

static inline bool carchive_is_encrypted(carchive_reader reader) {
  struct carchive_state *state = carchive_state_of(reader);
  return state != NULL && state->entry != NULL && archive_entry_is_encrypted(state->entry);
}

// Whether the archive is known to have encrypted parts, its list of members among them.
static inline bool carchive_has_encrypted(carchive_reader reader) {
  struct carchive_state *state = carchive_state_of(reader);
  if (state == NULL) return false;
  // Only where a format that knows encryption was recognized: libarchive 3.6 crashes where none was.
  int format = archive_format(state->archive) & ARCHIVE_FORMAT_BASE_MASK;
  if (format != ARCHIVE_FORMAT_ZIP && format != ARCHIVE_FORMAT_7ZIP) return false;
  return archive_read_has_encrypted_entries(state->archive) > 0;
}

// The size of the member as declared in the archive, or -1.
static inline int64_t carchive_size(carchive_reader reader) {
  struct carchive_state *state = carchive_state_of(reader);
  if (state == NULL || state->entry == NULL || !archive_entry_size_is_set(state->entry)) return -1;
  return archive_entry_size(state->entry);
}

// Fetches the member's next block. Damage may come with the last bytes before it.
static inline void carchive_next_block(struct carchive_state *state) {
  const void *block = NULL;
  size_t count = 0;
  la_int64_t offset = state->member_position;
  int result = archive_read_data_block(state->archive, &block, &count, &offset);
  if (result != ARCHIVE_OK) state->block_end = result == ARCHIVE_EOF ? 1 : -1;
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) return;
  if (offset < state->member_position) {
    archive_set_error(state->archive, EILSEQ, "pieces out of order");
    state->block_end = -1;
    return;
  }
  state->block = block;
  state->block_count = block != NULL ? count : 0;
  state->block_offset = offset;
}

// Passes the member's next block by: its bytes, 0 at the end, -1 for a failure.
static inline ptrdiff_t carchive_pass(carchive_reader reader) {
  struct carchive_state *state = carchive_state_of(reader);
  if (state == NULL || state->entry == NULL) return -1;
  state->block_count = 0;
  while (state->block_end == 0 && state->block_count == 0) carchive_next_block(state);
  state->member_position = state->block_offset + (int64_t)state->block_count;
  return state->block_count > 0 ? (ptrdiff_t)state->block_count : state->block_end < 0 ? -1 : 0;
}

// Reads on in the member: the number of bytes, 0 at its end, -1 for a failure, when all before it has been read. libarchive's own
// archive_read_data drops its buffered data at damage, and never ends if the ranges of a sparse file are out of order.
// The two unused numbers are there for the reason explained in CZlib/shim.h.
static inline ptrdiff_t carchive_read(
    carchive_reader reader, uint8_t unused1, uint32_t unused2,
    uint8_t *__counted_by(output_count) output __noescape, size_t output_count) {
  (void)unused1, (void)unused2;
  struct carchive_state *state = carchive_state_of(reader);
  if (state == NULL || state->entry == NULL) return -1;
  size_t filled = 0;
  while (filled < output_count) {
    int64_t hole = state->block_offset - state->member_position;
    if (state->block_count == 0 && hole <= 0) {
      if (state->block_end != 0) break;
      carchive_next_block(state);
      continue;
    }
    size_t count = output_count - filled;
    if (hole > 0) {
      if ((int64_t)count > hole) count = (size_t)hole;
      memset(output + filled, 0, count);
    } else {
      if (count > state->block_count) count = state->block_count;
      memcpy(output + filled, state->block, count);
      state->block += count;
      state->block_count -= count;
      state->block_offset += (int64_t)count;
    }
    state->member_position += (int64_t)count;
    filled += count;
  }
  return filled > 0 ? (ptrdiff_t)filled : state->block_end < 0 ? -1 : 0;
}

// The system's answer where the descriptor could not be read, else 0.
static inline int carchive_read_error(carchive_reader reader) {
  struct carchive_state *state = carchive_state_of(reader);
  return state != NULL ? state->read_error : ENOMEM;
}

// Whether the member is all that compressed data without an archive in them hold.
static inline bool carchive_is_raw(carchive_reader reader) {
  struct carchive_state *state = carchive_state_of(reader);
  return state != NULL && archive_format(state->archive) == ARCHIVE_FORMAT_RAW;
}

// Texts of the reader, which Swift fetches byte by byte.
typedef enum __attribute__((enum_extensibility(closed))) {
  carchive_text_name,
  carchive_text_error,
} carchive_text;

static inline const char *carchive_text_of(carchive_reader reader, carchive_text which) {
  struct carchive_state *state = carchive_state_of(reader);
  if (state == NULL) return NULL;
  if (which == carchive_text_error) return archive_error_string(state->archive);
  if (state->entry == NULL) return NULL;
  // A name that the locale cannot express has only the second form.
  const char *name = archive_entry_pathname(state->entry);
  return name != NULL ? name : archive_entry_pathname_utf8(state->entry);
}

static inline size_t carchive_text_count(carchive_reader reader, carchive_text which) {
  const char *text = carchive_text_of(reader, which);
  return text != NULL ? strlen(text) : 0;
}

// The byte at an index below carchive_text_count.
static inline uint8_t carchive_text_byte(carchive_reader reader, carchive_text which, size_t index) {
  return (uint8_t)carchive_text_of(reader, which)[index];
}
