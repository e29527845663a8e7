#include "writer.h"

#include "xz.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct carchive_writer {
  struct archive *archive;
  struct archive_entry *entry;
  int descriptor;
  int write_error;
  locale_t utf8, bytes;
  // NULL where libarchive compresses, or nothing is compressed.
  carchive_encoder *encoder;
  carchive_progress on_progress;
  void *progress_context;
};

static la_ssize_t carchive_write_out(
    struct archive *archive, carchive_writer *writer, const void *bytes, size_t count) {
  ssize_t written;
  do written = write(writer->descriptor, bytes, count);
  while (written < 0 && errno == EINTR);
  if (written < 0) {
    writer->write_error = errno;
    archive_set_error(archive, errno, "cannot write");
  }
  return written;
}

// Compresses all of the bytes, or ends the stream, and writes what comes out.
static bool carchive_compress(
    struct archive *archive, carchive_writer *writer, const uint8_t *bytes, size_t count, bool is_end) {
  bool is_done = false;
  while (!is_done) {
    ptrdiff_t produced = carchive_encode(writer->encoder, &bytes, &count, is_end, &is_done);
    if (produced < 0) {
      archive_set_error(archive, ENOMEM, "cannot compress");
      return false;
    }
    for (ptrdiff_t start = 0; start < produced;) {
      la_ssize_t written =
          carchive_write_out(archive, writer, writer->encoder->output + start, (size_t)(produced - start));
      if (written <= 0) return false;
      start += written;
    }
    if (writer->on_progress != NULL) {
      uint64_t taken, given;
      lzma_get_progress(&writer->encoder->stream, &taken, &given);
      writer->on_progress(writer->progress_context, taken);
    }
  }
  return true;
}

static la_ssize_t carchive_on_write(
    struct archive *archive, void *data, const void *bytes, size_t count) {
  carchive_writer *writer = data;
  if (writer->encoder == NULL) return carchive_write_out(archive, writer, bytes, count);
  return carchive_compress(archive, writer, bytes, count, false) ? (la_ssize_t)count : -1;
}

static int carchive_on_close(struct archive *archive, void *data) {
  carchive_writer *writer = data;
  if (writer->encoder == NULL) return ARCHIVE_OK;
  return carchive_compress(archive, writer, NULL, 0, true) ? ARCHIVE_OK : ARCHIVE_FATAL;
}

void carchive_close_writer(carchive_writer *writer) {
  if (writer == NULL) return;
  archive_write_fail(writer->archive);
  archive_write_free(writer->archive);
  archive_entry_free(writer->entry);
  if (writer->encoder != NULL) lzma_end(&writer->encoder->stream);
  free(writer->encoder);
  if (writer->utf8 != (locale_t)0) freelocale(writer->utf8);
  if (writer->bytes != (locale_t)0) freelocale(writer->bytes);
  free(writer);
}

static bool carchive_set_up(
    struct archive *archive, carchive_format format, carchive_compression compression) {
  int result = ARCHIVE_OK;
  switch (format) {
  case carchive_pax:
    result = archive_write_set_format_pax(archive);
    // Only the attributes that GNU tar reads; libarchive would repeat each in its own format.
    if (result == ARCHIVE_OK) result = archive_write_set_format_option(archive, "pax", "xattrheader", "SCHILY");
    break;
  case carchive_newc: result = archive_write_set_format_cpio_newc(archive); break;
  case carchive_zip: result = archive_write_set_format_zip(archive); break;
  case carchive_mtree:
    result = archive_write_set_format_mtree(archive);
    if (result == ARCHIVE_OK)
      result = archive_write_set_options(
          archive, "mtree:!all,mtree:device,mtree:gid,mtree:link,mtree:mode,mtree:nlink,mtree:sha256,"
                   "mtree:size,mtree:time,mtree:type,mtree:uid");
    break;
  }
  if (result != ARCHIVE_OK) return false;
  switch (compression) {
  case carchive_plain:
  case carchive_xz: break;
  case carchive_gzip:
    result = archive_write_add_filter_gzip(archive);
    if (result == ARCHIVE_OK) result = archive_write_set_filter_option(archive, "gzip", "timestamp", NULL);
    break;
  case carchive_zstd: result = archive_write_add_filter_zstd(archive); break;
  }
  // Large writes, and nothing behind the archive's own end.
  archive_write_set_bytes_per_block(archive, 128 << 10);
  archive_write_set_bytes_in_last_block(archive, 1);
  return result == ARCHIVE_OK;
}

carchive_writer *carchive_create(
    int descriptor, carchive_format format, carchive_compression compression) {
  carchive_writer *writer = calloc(1, sizeof *writer);
  if (writer == NULL) return NULL;
  writer->descriptor = descriptor;
  writer->archive = archive_write_new();
  writer->entry = archive_entry_new();
  if (writer->archive == NULL || writer->entry == NULL) {
    archive_write_free(writer->archive);
    archive_entry_free(writer->entry);
    free(writer);
    return NULL;
  }
  writer->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  writer->bytes = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
  if (compression == carchive_xz) {
    // liblzma itself reports how far its threads are; libarchive does not pass that on.
    writer->encoder = malloc(sizeof *writer->encoder);
    if (writer->encoder != NULL && !carchive_start(writer->encoder)) {
      free(writer->encoder);
      writer->encoder = NULL;
    }
  }
  if ((compression == carchive_xz && writer->encoder == NULL)
      || !carchive_set_up(writer->archive, format, compression)
      || archive_write_open(writer->archive, writer, NULL, carchive_on_write, carchive_on_close) != ARCHIVE_OK) {
    carchive_close_writer(writer);
    return NULL;
  }
  return writer;
}

void carchive_report_progress(carchive_writer *writer, carchive_progress on_progress, void *context) {
  if (writer == NULL) return;
  writer->on_progress = on_progress;
  writer->progress_context = context;
}

void carchive_describe(carchive_writer *writer, uint32_t mode, uint32_t uid, uint32_t gid) {
  if (writer == NULL) return;
  archive_entry_clear(writer->entry);
  archive_entry_set_mode(writer->entry, mode);
  archive_entry_set_uid(writer->entry, uid);
  archive_entry_set_gid(writer->entry, gid);
}

void carchive_set_size(carchive_writer *writer, uint64_t size) {
  if (writer != NULL) archive_entry_set_size(writer->entry, (la_int64_t)size);
}

void carchive_set_times(
    carchive_writer *writer, uint32_t access, uint32_t modification, uint32_t change) {
  if (writer == NULL) return;
  archive_entry_set_atime(writer->entry, access, 0);
  archive_entry_set_mtime(writer->entry, modification, 0);
  archive_entry_set_ctime(writer->entry, change, 0);
}

void carchive_set_identity(
    carchive_writer *writer, uint32_t file_system, uint32_t ino, uint32_t link_count) {
  if (writer == NULL) return;
  archive_entry_set_dev(writer->entry, makedev(0, file_system));
  archive_entry_set_ino64(writer->entry, ino);
  archive_entry_set_nlink(writer->entry, link_count);
}

void carchive_set_device(carchive_writer *writer, uint32_t major, uint32_t minor) {
  // (makedev is a macro.)
  if (writer != NULL) archive_entry_set_rdev(writer->entry, makedev(major, minor));
}

void carchive_set_name(
    carchive_writer *writer, carchive_name which,
    const uint8_t *__counted_by(count) bytes __noescape, size_t count) {
  if (writer == NULL) return;
  char *text = strndup(count > 0 ? (const char *)bytes : "", count);
  if (text == NULL) return;
  switch (which) {
  case carchive_path: archive_entry_copy_pathname(writer->entry, text); break;
  case carchive_symbolic_link: archive_entry_copy_symlink(writer->entry, text); break;
  case carchive_hard_link: archive_entry_copy_hardlink(writer->entry, text); break;
  }
  free(text);
}

void carchive_add_xattr(
    carchive_writer *writer, const uint8_t *__counted_by(name_count) name __noescape,
    size_t name_count, const uint8_t *__counted_by(value_count) value __noescape, size_t value_count) {
  if (writer == NULL) return;
  char *text = strndup(name_count > 0 ? (const char *)name : "", name_count);
  if (text == NULL) return;
  archive_entry_xattr_add_entry(writer->entry, text, value_count > 0 ? (const void *)value : "", value_count);
  free(text);
}

bool carchive_add_acl(
    carchive_writer *writer, bool is_default, uint16_t tag, uint16_t permissions, uint32_t id) {
  if (writer == NULL) return false;
  int kind;
  switch (tag) {
  case 0x01: kind = ARCHIVE_ENTRY_ACL_USER_OBJ; break;
  case 0x02: kind = ARCHIVE_ENTRY_ACL_USER; break;
  case 0x04: kind = ARCHIVE_ENTRY_ACL_GROUP_OBJ; break;
  case 0x08: kind = ARCHIVE_ENTRY_ACL_GROUP; break;
  case 0x10: kind = ARCHIVE_ENTRY_ACL_MASK; break;
  case 0x20: kind = ARCHIVE_ENTRY_ACL_OTHER; break;
  default: return false;
  }
  int type = is_default ? ARCHIVE_ENTRY_ACL_TYPE_DEFAULT : ARCHIVE_ENTRY_ACL_TYPE_ACCESS;
  int qualifier = tag == 0x02 || tag == 0x08 ? (int)id : -1;
  return archive_entry_acl_add_entry(writer->entry, type, permissions & 7, kind, qualifier, NULL) == ARCHIVE_OK;
}

void carchive_add_data_range(carchive_writer *writer, uint64_t offset, uint64_t count) {
  if (writer != NULL) archive_entry_sparse_add_entry(writer->entry, (la_int64_t)offset, (la_int64_t)count);
}

int carchive_write_header(carchive_writer *writer, bool is_utf8) {
  if (writer == NULL) return -1;
  locale_t chosen = is_utf8 ? writer->utf8 : writer->bytes;
  locale_t before = chosen != (locale_t)0 ? uselocale(chosen) : (locale_t)0;
  int result = archive_write_header(writer->archive, writer->entry);
  if (before != (locale_t)0) uselocale(before);
  return result == ARCHIVE_OK || result == ARCHIVE_WARN ? 1 : result == ARCHIVE_FAILED ? 0 : -1;
}

bool carchive_write(
    carchive_writer *writer, const uint8_t *__counted_by(count) bytes __noescape, size_t count) {
  if (writer == NULL) return false;
  while (count > 0) {
    la_ssize_t written = archive_write_data(writer->archive, bytes, count);
    if (written <= 0) return false;
    bytes += written;
    count -= (size_t)written;
  }
  return true;
}

bool carchive_finish(carchive_writer *writer) {
  return writer != NULL && archive_write_close(writer->archive) == ARCHIVE_OK;
}

int carchive_write_error(carchive_writer *writer) {
  return writer != NULL ? writer->write_error : ENOMEM;
}

const char *carchive_write_message(carchive_writer *writer) {
  return writer != NULL ? archive_error_string(writer->archive) : NULL;
}
