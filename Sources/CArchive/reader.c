#include "reader_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static la_ssize_t carchive_on_read(struct archive *archive, void *data, const void **bytes) {
  carchive_reader *reader = data;
  size_t wanted = sizeof reader->buffer;
  *bytes = reader->buffer;
  if (reader->position >= reader->end) return 0;
  if ((int64_t)wanted > reader->end - reader->position) wanted = (size_t)(reader->end - reader->position);
  ssize_t count;
  do count = pread(reader->descriptor, reader->buffer, wanted, reader->start + reader->position);
  while (count < 0 && errno == EINTR);
  if (count < 0) {
    reader->read_error = errno;
    archive_set_error(archive, errno, "cannot read");
    return -1;
  }
  reader->position += count;
  return count;
}

static la_int64_t carchive_on_skip(struct archive *archive, void *data, la_int64_t request) {
  carchive_reader *reader = data;
  (void)archive;
  if (request > reader->end - reader->position) request = reader->end - reader->position;
  if (request < 0) request = 0;
  reader->position += request;
  return request;
}

static la_int64_t carchive_on_seek(
    struct archive *archive, void *data, la_int64_t offset, int whence) {
  carchive_reader *reader = data;
  (void)archive;
  int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? reader->position : reader->end;
  int64_t target;
  if (__builtin_add_overflow(base, offset, &target)) return ARCHIVE_FATAL;
  if (target < 0) target = 0;
  if (target > reader->end) target = reader->end;
  return reader->position = target;
}

static ptrdiff_t carchive_on_gzip_source(void *context, const uint8_t **input) {
  carchive_reader *reader = context;
  const void *bytes = NULL;
  la_ssize_t count = carchive_on_read(reader->archive, reader, &bytes);
  *input = bytes;
  return count;
}

// The next bytes that come out of the decompressor.
static la_ssize_t carchive_decode(carchive_reader *reader, struct archive *archive, const void **bytes) {
  if (reader->gzip != NULL) {
    ptrdiff_t decoded = carchive_gzip_decode(reader->gzip, carchive_on_gzip_source, reader);
    if (decoded < 0) archive_set_error(archive, EILSEQ, "%s", reader->gzip->error);
    *bytes = reader->gzip->output;
    return decoded;
  }
  struct archive_entry *entry;
  la_int64_t offset;
  size_t count = 0;
  int result = ARCHIVE_OK;
  if (!reader->is_decoding) result = archive_read_next_header(reader->decoder, &entry);
  reader->is_decoding = true;
  while (result == ARCHIVE_OK && count == 0) result = archive_read_data_block(reader->decoder, bytes, &count, &offset);
  if (result == ARCHIVE_EOF) return 0;
  if (result != ARCHIVE_OK) {
    const char *reason = archive_error_string(reader->decoder);
    archive_set_error(archive, archive_errno(reader->decoder), "%s", reason != NULL ? reason : "");
    return -1;
  }
  return (la_ssize_t)count;
}

static la_ssize_t carchive_on_decode(struct archive *archive, void *data, const void **bytes) {
  carchive_reader *reader = data;
  la_ssize_t count = carchive_decode(reader, archive, bytes);
  if (count <= 0) return count;
  if ((uint64_t)count > reader->allowance) {
    reader->is_exhausted = true;
    archive_set_error(archive, EFBIG, "too many bytes");
    return -1;
  }
  reader->allowance -= (uint64_t)count;
  return count;
}

void carchive_close(carchive_reader *reader) {
  if (reader == NULL) return;
  archive_read_free(reader->archive);
  archive_read_free(reader->decoder);
  if (reader->gzip != NULL) carchive_gzip_close(reader->gzip);
  free(reader->gzip);
  if (reader->utf8 != (locale_t)0) freelocale(reader->utf8);
  free(reader);
}

// Sets up the one decompressor. libarchive's search would chain up to 25 of them without counting the bytes between them: a
// small file could keep it busy for days. Where a libarchive lacks it, it would run a program, and says so with a warning; that is not
// wanted.
static bool carchive_set_filter(struct archive *archive, carchive_filter filter) {
  if (filter == carchive_filter_none) return true;
  struct archive *trial = archive_read_new();
  if (trial == NULL) return false;
  bool is_built_in = archive_read_support_filter_by_code(trial, (int)filter) == ARCHIVE_OK;
  archive_read_free(trial);
  return is_built_in && archive_read_append_filter(archive, (int)filter) == ARCHIVE_OK;
}

void carchive_prepare(void) { newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); }

carchive_reader *carchive_open(
    int descriptor, uint64_t start, uint64_t count, carchive_filter filter, bool may_be_archive) {
  carchive_reader *reader = calloc(1, sizeof *reader);
  if (reader == NULL) return NULL;
  bool is_gzip = filter == carchive_filter_gzip;
  bool is_compressed = filter != carchive_filter_none;
  bool has_decoder = is_compressed && !is_gzip;
  reader->archive = archive_read_new();
  reader->decoder = has_decoder ? archive_read_new() : NULL;
  reader->gzip = is_gzip ? calloc(1, sizeof *reader->gzip) : NULL;
  if (reader->archive == NULL || (has_decoder && reader->decoder == NULL) || (is_gzip && reader->gzip == NULL)) {
    carchive_close(reader);
    return NULL;
  }
  reader->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  reader->descriptor = descriptor;
  reader->start = (int64_t)start;
  reader->end = (int64_t)count;
  struct archive *source = has_decoder ? reader->decoder : reader->archive;
  bool has_filter = is_gzip || carchive_set_filter(source, filter);
  if (has_decoder) archive_read_support_format_raw(reader->decoder);
  if (is_compressed) {
    archive_read_support_format_raw(reader->archive);
    archive_read_set_callback_data(reader->archive, reader);
    archive_read_set_read_callback(reader->archive, carchive_on_decode);
  }
  if (may_be_archive) {
    archive_read_support_format_tar(reader->archive);
    archive_read_support_format_cpio(reader->archive);
    archive_read_support_format_zip(reader->archive);
    archive_read_support_format_7zip(reader->archive);
  }
  if (!is_gzip) {
    archive_read_set_callback_data(source, reader);
    archive_read_set_read_callback(source, carchive_on_read);
    archive_read_set_skip_callback(source, carchive_on_skip);
    archive_read_set_seek_callback(source, carchive_on_seek);
  }
  reader->has_failed = !has_filter || start > INT64_MAX || count > INT64_MAX - start;
  return reader;
}

void carchive_allow(carchive_reader *reader, uint64_t byte_count) {
  if (reader != NULL) reader->allowance = byte_count;
}

uint64_t carchive_allowance(carchive_reader *reader) {
  return reader != NULL ? reader->allowance : 0;
}

uint64_t carchive_consumed(carchive_reader *reader) {
  if (reader == NULL || !reader->is_open) return 0;
  if (reader->gzip != NULL) return (uint64_t)reader->position - reader->gzip->stream.avail_in;
  int64_t count = archive_filter_bytes(reader->decoder != NULL ? reader->decoder : reader->archive, -1);
  return count > 0 ? (uint64_t)count : 0;
}

bool carchive_is_exhausted(carchive_reader *reader) {
  return reader != NULL && reader->is_exhausted;
}

// Begins to read, which decompresses the first bytes.
static void carchive_begin(carchive_reader *reader) {
  if (reader->is_open || reader->has_failed) return;
  reader->is_open = true;
  reader->has_failed = (reader->decoder != NULL && archive_read_open1(reader->decoder) != ARCHIVE_OK)
                       || archive_read_open1(reader->archive) != ARCHIVE_OK;
}

// libarchive's warning if there are bytes between two members of a cpio archive that are not a header.
static bool carchive_has_skipped_bytes(carchive_reader *reader, int result) {
  const char *text = result == ARCHIVE_WARN ? archive_error_string(reader->archive) : NULL;
  return text != NULL && strncmp(text, "Skipped ", 8) == 0;
}

int carchive_next(carchive_reader *reader) {
  if (reader == NULL) return -1;
  carchive_begin(reader);
  if (reader->has_failed) return -1;
  reader->entry = NULL;
  reader->member_position = reader->block_offset = 0;
  reader->block_count = 0;
  reader->block_end = 0;
  locale_t former = uselocale(reader->utf8);
  int result;
  while ((result = archive_read_next_header(reader->archive, &reader->entry)) == ARCHIVE_RETRY) reader->has_skipped = true;
  uselocale(former);
  if (carchive_has_skipped_bytes(reader, result)) reader->has_skipped = true;
  if (result == ARCHIVE_EOF) return 0;
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) reader->entry = NULL;
  return reader->entry != NULL ? 1 : -1;
}

bool carchive_has_skipped(carchive_reader *reader) { return reader != NULL && reader->has_skipped; }

bool carchive_read_to_end(carchive_reader *reader) {
  if (reader == NULL || reader->has_failed) return false;
  if (reader->decoder == NULL && reader->gzip == NULL) return true;
  const void *bytes;
  la_ssize_t count;
  do count = carchive_on_decode(reader->archive, reader, &bytes);
  while (count > 0);
  return count == 0;
}

bool carchive_is_file(carchive_reader *reader) {
  if (reader == NULL || reader->entry == NULL) return false;
  if (archive_entry_filetype(reader->entry) != AE_IFREG) return false;
  return archive_entry_hardlink(reader->entry) == NULL || archive_entry_size(reader->entry) > 0;
}

bool carchive_is_encrypted(carchive_reader *reader) {
  return reader != NULL && reader->entry != NULL && archive_entry_is_encrypted(reader->entry);
}

bool carchive_has_encrypted(carchive_reader *reader) {
  if (reader == NULL) return false;
  // Only where a format that knows encryption was recognized: libarchive 3.6 crashes where none was.
  int format = archive_format(reader->archive) & ARCHIVE_FORMAT_BASE_MASK;
  if (format != ARCHIVE_FORMAT_ZIP && format != ARCHIVE_FORMAT_7ZIP) return false;
  return archive_read_has_encrypted_entries(reader->archive) > 0;
}

int64_t carchive_size(carchive_reader *reader) {
  if (reader == NULL || reader->entry == NULL || !archive_entry_size_is_set(reader->entry)) return -1;
  return archive_entry_size(reader->entry);
}

// Fetches the member's next block. Damage may come with the last bytes before it.
static void carchive_next_block(carchive_reader *reader) {
  const void *block = NULL;
  size_t count = 0;
  la_int64_t offset = reader->member_position;
  int result = archive_read_data_block(reader->archive, &block, &count, &offset);
  if (result != ARCHIVE_OK) reader->block_end = result == ARCHIVE_EOF ? 1 : -1;
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) return;
  if (offset < reader->member_position) {
    archive_set_error(reader->archive, EILSEQ, "pieces out of order");
    reader->block_end = -1;
    return;
  }
  reader->block = block;
  reader->block_count = block != NULL ? count : 0;
  reader->block_offset = offset;
}

ptrdiff_t carchive_pass(carchive_reader *reader) {
  if (reader == NULL || reader->entry == NULL) return -1;
  reader->block_count = 0;
  while (reader->block_end == 0 && reader->block_count == 0) carchive_next_block(reader);
  reader->member_position = reader->block_offset + (int64_t)reader->block_count;
  return reader->block_count > 0 ? (ptrdiff_t)reader->block_count : reader->block_end < 0 ? -1 : 0;
}

ptrdiff_t carchive_read(
    carchive_reader *reader, uint8_t *__counted_by(output_count) output __noescape, size_t output_count) {
  if (reader == NULL || reader->entry == NULL) return -1;
  size_t filled = 0;
  while (filled < output_count) {
    int64_t hole = reader->block_offset - reader->member_position;
    if (reader->block_count == 0 && hole <= 0) {
      if (reader->block_end != 0) break;
      carchive_next_block(reader);
      continue;
    }
    size_t count = output_count - filled;
    if (hole > 0) {
      if ((int64_t)count > hole) count = (size_t)hole;
      memset(output + filled, 0, count);
    } else {
      if (count > reader->block_count) count = reader->block_count;
      memcpy(output + filled, reader->block, count);
      reader->block += count;
      reader->block_count -= count;
      reader->block_offset += (int64_t)count;
    }
    reader->member_position += (int64_t)count;
    filled += count;
  }
  return filled > 0 ? (ptrdiff_t)filled : reader->block_end < 0 ? -1 : 0;
}

int carchive_read_error(carchive_reader *reader) {
  return reader != NULL ? reader->read_error : ENOMEM;
}

bool carchive_is_raw(carchive_reader *reader) {
  return reader != NULL && archive_format(reader->archive) == ARCHIVE_FORMAT_RAW;
}

const char *carchive_name_of(carchive_reader *reader) {
  if (reader == NULL || reader->entry == NULL) return NULL;
  // A name that the locale cannot express has only the second form.
  const char *name = archive_entry_pathname(reader->entry);
  return name != NULL ? name : archive_entry_pathname_utf8(reader->entry);
}

const char *carchive_error(carchive_reader *reader) {
  if (reader == NULL) return NULL;
  const char *reason = archive_error_string(reader->archive);
  return reason != NULL || reader->decoder == NULL ? reason : archive_error_string(reader->decoder);
}
