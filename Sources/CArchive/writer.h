// libarchive's writing side, as Swift can call it without an unsafe word. It writes to a descriptor and examines no file of the
// system: what an archive holds comes from its caller only.
#pragma once
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <langinfo.h>
#include <lifetimebound.h>
#include <locale.h>
#include <ptrcheck.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

// A writer, as an address that Swift cannot look after, for the reason that shim.h reports the reader. Its owner must close it
// once, and must not use it on two threads at a time. 0, which stands for a failed allocation, is valid everywhere and fails.
typedef struct {
  uintptr_t address;
} carchive_writer;

// The formats that are written.
typedef enum __attribute__((enum_extensibility(closed))) {
  carchive_pax,
  carchive_newc,
  carchive_zip,
  carchive_mtree,
} carchive_format;

// What the bytes of an archive are compressed with.
typedef enum __attribute__((enum_extensibility(closed))) {
  carchive_plain,
  carchive_gzip,
  carchive_xz,
  carchive_zstd,
} carchive_compression;

// What is after the address.
struct carchive_output {
  struct archive *archive;
  struct archive_entry *entry;
  int descriptor;
  int write_error;
  locale_t utf8, bytes;
};

static inline struct carchive_output *carchive_output_of(carchive_writer writer) {
  return (struct carchive_output *)writer.address;
}

static inline la_ssize_t carchive_on_write(
    struct archive *archive, void *data, const void *bytes, size_t count) {
  struct carchive_output *output = data;
  ssize_t written;
  do written = write(output->descriptor, bytes, count);
  while (written < 0 && errno == EINTR);
  if (written < 0) {
    output->write_error = errno;
    archive_set_error(archive, errno, "cannot write");
  }
  return written;
}

// Frees the writer. What an archive needs at its end is written by carchive_finish only.
static inline void carchive_close_writer(carchive_writer writer) {
  struct carchive_output *output = carchive_output_of(writer);
  if (output == NULL) return;
  archive_write_fail(output->archive);
  archive_write_free(output->archive);
  archive_entry_free(output->entry);
  if (output->utf8 != (locale_t)0) freelocale(output->utf8);
  if (output->bytes != (locale_t)0) freelocale(output->bytes);
  free(output);
}

static inline bool carchive_set_up(
    struct archive *archive, carchive_format format, carchive_compression compression) {
  int result = ARCHIVE_OK;
  switch (format) {
  case carchive_pax:
    result = archive_write_set_format_pax(archive);
    // Only the attributes that GNU tar reads; libarchive would repeat each in a separate form.
    if (result == ARCHIVE_OK) result = archive_write_set_format_option(archive, "pax", "xattrheader", "SCHILY");
    break;
  case carchive_newc: result = archive_write_set_format_cpio_newc(archive); break;
  case carchive_zip:
    // The old fields for times in a ZIP count in local time, which must not show where an archive was made.
    setenv("TZ", "UTC0", 1);
    tzset();
    result = archive_write_set_format_zip(archive);
    break;
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
  case carchive_plain: break;
  case carchive_gzip:
    result = archive_write_add_filter_gzip(archive);
    if (result == ARCHIVE_OK) result = archive_write_set_filter_option(archive, "gzip", "timestamp", NULL);
    break;
  case carchive_xz: {
    // With two threads or more, liblzma compresses blocks of a fixed size, so that their number does not show. Each takes some 100 MB.
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    result = archive_write_add_filter_xz(archive);
    if (result == ARCHIVE_OK)
      result = archive_write_set_filter_option(archive, "xz", "threads", processors > 2 ? "4" : "2");
    break;
  }
  case carchive_zstd: result = archive_write_add_filter_zstd(archive); break;
  }
  // Large writes, and nothing after the archive's own end.
  archive_write_set_bytes_per_block(archive, 128 << 10);
  archive_write_set_bytes_in_last_block(archive, 1);
  return result == ARCHIVE_OK;
}

// Starts an archive on a descriptor, which stays its owner's and must outlive the writer. Failures show at the first use.
static inline carchive_writer carchive_create(
    int descriptor, carchive_format format, carchive_compression compression) {
  struct carchive_output *output = calloc(1, sizeof *output);
  if (output == NULL) return (carchive_writer){0};
  output->descriptor = descriptor;
  output->archive = archive_write_new();
  output->entry = archive_entry_new();
  carchive_writer writer = {(uintptr_t)output};
  if (output->archive == NULL || output->entry == NULL) {
    archive_write_free(output->archive);
    archive_entry_free(output->entry);
    free(output);
    return (carchive_writer){0};
  }
  output->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  output->bytes = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
  if (!carchive_set_up(output->archive, format, compression)
      || archive_write_open(output->archive, output, NULL, carchive_on_write, NULL) != ARCHIVE_OK) {
    carchive_close_writer(writer);
    return (carchive_writer){0};
  }
  return writer;
}

// Reads what the C library keeps of the locale that archives are written in, for a process that will open no file.
static inline void carchive_prepare(void) { newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); }

// Begins to describe an entry: its type and permissions as in st_mode, and its owner.
static inline void carchive_describe(carchive_writer writer, uint32_t mode, uint32_t uid, uint32_t gid) {
  struct carchive_output *output = carchive_output_of(writer);
  if (output == NULL) return;
  archive_entry_clear(output->entry);
  archive_entry_set_mode(output->entry, mode);
  archive_entry_set_uid(output->entry, uid);
  archive_entry_set_gid(output->entry, gid);
}

static inline void carchive_set_size(carchive_writer writer, uint64_t size) {
  struct carchive_output *output = carchive_output_of(writer);
  if (output != NULL) archive_entry_set_size(output->entry, (la_int64_t)size);
}

// Seconds since 1970.
static inline void carchive_set_times(
    carchive_writer writer, uint32_t access, uint32_t modification, uint32_t change) {
  struct carchive_output *output = carchive_output_of(writer);
  if (output == NULL) return;
  archive_entry_set_atime(output->entry, access, 0);
  archive_entry_set_mtime(output->entry, modification, 0);
  archive_entry_set_ctime(output->entry, change, 0);
}

// What shows whether two entries are one file: the number of its file system, and its inode number.
static inline void carchive_set_identity(
    carchive_writer writer, uint32_t file_system, uint32_t ino, uint32_t link_count) {
  struct carchive_output *output = carchive_output_of(writer);
  if (output == NULL) return;
  archive_entry_set_dev(output->entry, makedev(0, file_system));
  archive_entry_set_ino64(output->entry, ino);
  archive_entry_set_nlink(output->entry, link_count);
}

static inline void carchive_set_device(carchive_writer writer, uint32_t major, uint32_t minor) {
  struct carchive_output *output = carchive_output_of(writer);
  // (makedev is a macro.)
  if (output != NULL) archive_entry_set_rdev(output->entry, makedev(major, minor));
}

// The names of an entry.
typedef enum __attribute__((enum_extensibility(closed))) {
  carchive_path,
  carchive_symbolic_link,
  carchive_hard_link,
} carchive_name;

// Copies a name, which holds no zero byte.
static inline void carchive_set_name(
    carchive_writer writer, carchive_name which,
    const uint8_t *__counted_by(count) bytes __noescape, size_t count) {
  struct carchive_output *output = carchive_output_of(writer);
  if (output == NULL) return;
  char *text = strndup((const char *)bytes, count);
  if (text == NULL) return;
  switch (which) {
  case carchive_path: archive_entry_copy_pathname(output->entry, text); break;
  case carchive_symbolic_link: archive_entry_copy_symlink(output->entry, text); break;
  case carchive_hard_link: archive_entry_copy_hardlink(output->entry, text); break;
  }
  free(text);
}

// Adds an extended attribute. The unused number is there for the reason explained in CZlib/shim.h.
static inline void carchive_add_xattr(
    carchive_writer writer, uint32_t unused, const uint8_t *__counted_by(name_count) name __noescape,
    size_t name_count, const uint8_t *__counted_by(value_count) value __noescape, size_t value_count) {
  (void)unused;
  struct carchive_output *output = carchive_output_of(writer);
  if (output == NULL) return;
  char *text = strndup((const char *)name, name_count);
  if (text == NULL) return;
  archive_entry_xattr_add_entry(output->entry, text, value, value_count);
  free(text);
}

// Adds a line of an access control list: `is_default` for what new files in a directory get; tag, permissions and id as
// getxattr(2) gives them. (libarchive numbers the tags otherwise.) False for an unknown tag.
static inline bool carchive_add_acl(
    carchive_writer writer, bool is_default, uint16_t tag, uint16_t permissions, uint32_t id) {
  struct carchive_output *output = carchive_output_of(writer);
  if (output == NULL) return false;
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
  return archive_entry_acl_add_entry(output->entry, type, permissions & 7, kind, qualifier, NULL) == ARCHIVE_OK;
}

// Says that only these bytes, and those of other calls in ascending order, hold data. For a file without any: 0 bytes at its end.
static inline void carchive_add_data_range(carchive_writer writer, uint64_t offset, uint64_t count) {
  struct carchive_output *output = carchive_output_of(writer);
  if (output != NULL) archive_entry_sparse_add_entry(output->entry, (la_int64_t)offset, (la_int64_t)count);
}

// Writes the header of the entry that was described. Names are examined in a locale of UTF-8 if `is_utf8`, so that formats that
// know of encodings declare it, and else as bytes. 1 where all is well, 0 if the format cannot hold the entry, -1 for a failure
// after which nothing more can be written.
static inline int carchive_write_header(carchive_writer writer, bool is_utf8) {
  struct carchive_output *output = carchive_output_of(writer);
  if (output == NULL) return -1;
  locale_t chosen = is_utf8 ? output->utf8 : output->bytes;
  locale_t before = chosen != (locale_t)0 ? uselocale(chosen) : (locale_t)0;
  int result = archive_write_header(output->archive, output->entry);
  if (before != (locale_t)0) uselocale(before);
  return result == ARCHIVE_OK || result == ARCHIVE_WARN ? 1 : result == ARCHIVE_FAILED ? 0 : -1;
}

// Writes on in the entry's contents; holes are written as zeros, which the formats that know of holes leave out. The unused
// number is there for the reason explained in CZlib/shim.h.
static inline bool carchive_write(
    carchive_writer writer, uint32_t unused, const uint8_t *__counted_by(count) bytes __noescape, size_t count) {
  (void)unused;
  struct carchive_output *output = carchive_output_of(writer);
  if (output == NULL) return false;
  while (count > 0) {
    la_ssize_t written = archive_write_data(output->archive, bytes, count);
    if (written <= 0) return false;
    bytes += written;
    count -= (size_t)written;
  }
  return true;
}

// Ends the archive.
static inline bool carchive_finish(carchive_writer writer) {
  struct carchive_output *output = carchive_output_of(writer);
  return output != NULL && archive_write_close(output->archive) == ARCHIVE_OK;
}

// The system's answer where the descriptor could not be written, else 0.
static inline int carchive_write_error(carchive_writer writer) {
  struct carchive_output *output = carchive_output_of(writer);
  return output != NULL ? output->write_error : ENOMEM;
}

// The writer's message about what failed, which Swift fetches byte by byte: the byte at an index, or 0 at its end.
static inline uint8_t carchive_message_byte(carchive_writer writer, size_t index) {
  struct carchive_output *output = carchive_output_of(writer);
  const char *text = output != NULL ? archive_error_string(output->archive) : NULL;
  return text != NULL && index < strlen(text) ? (uint8_t)text[index] : 0;
}
