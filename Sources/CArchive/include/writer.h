// libarchive's writing side. It writes to a descriptor and accesses no other files: the contents of an archive come from its caller only.
// What is empty is NULL.
#pragma once
#include <lifetimebound.h>
#include <ptrcheck.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A writer of an archive. Its owner must close it once, and must not use it on two threads at a time. NULL, the result of a failed
/// allocation, is valid everywhere and fails.
typedef struct carchive_writer carchive_writer;

/// The formats that are written. The old fields for times in a ZIP are local time: a process whose archives are to be the same everywhere
/// must be in UTC.
typedef enum __attribute__((enum_extensibility(closed))) {
  carchive_pax,
  carchive_newc,
  carchive_zip,
  carchive_mtree,
} carchive_format;

/// The compression of an archive.
typedef enum __attribute__((enum_extensibility(closed))) {
  carchive_plain,
  carchive_gzip,
  carchive_xz,
  carchive_zstd,
} carchive_compression;

/// The names of an entry.
typedef enum __attribute__((enum_extensibility(closed))) {
  carchive_path,
  carchive_symbolic_link,
  carchive_hard_link,
} carchive_name;

/// Starts an archive on a descriptor, which stays its owner's and must outlive the writer. Failures show at the first use.
carchive_writer *_Nullable carchive_create(int descriptor, carchive_format format, carchive_compression compression);

/// Gets the number of bytes that were compressed, after each tenth of a second at the latest.
typedef void (*_Nullable carchive_progress)(void *_Nullable context, uint64_t byte_count);

/// Has the progress reported that compression by several threads makes. The context must outlive the writer.
void carchive_report_progress(carchive_writer *_Nullable writer, carchive_progress on_progress, void *_Nullable context);

/// Frees the writer. What an archive needs at its end is written by carchive_finish only.
void carchive_close_writer(carchive_writer *_Nullable writer);

/// Begins to describe an entry: its type and permissions as in st_mode, and its owner.
void carchive_describe(carchive_writer *_Nullable writer, uint32_t mode, uint32_t uid, uint32_t gid);

void carchive_set_size(carchive_writer *_Nullable writer, uint64_t size);

/// Seconds since 1970.
void carchive_set_times(carchive_writer *_Nullable writer, uint32_t access, uint32_t modification, uint32_t change);

/// Sets the identity of the file, which is the same for its hard links: the number of its file system, and its inode number.
void carchive_set_identity(carchive_writer *_Nullable writer, uint32_t file_system, uint32_t ino, uint32_t link_count);

void carchive_set_device(carchive_writer *_Nullable writer, uint32_t major, uint32_t minor);

/// Copies a name, which holds no zero byte.
void carchive_set_name(
    carchive_writer *_Nullable writer, carchive_name which,
    const uint8_t *_Nullable __counted_by(count) bytes __noescape, size_t count);

/// Adds an extended attribute.
void carchive_add_xattr(
    carchive_writer *_Nullable writer, const uint8_t *_Nullable __counted_by(name_count) name __noescape,
    size_t name_count, const uint8_t *_Nullable __counted_by(value_count) value __noescape, size_t value_count);

/// Adds a line of an access control list: `is_default` for what new files in a directory get; tag, permissions and id as getxattr(2) gives
/// them. (libarchive numbers the tags otherwise.) False for an unknown tag.
bool carchive_add_acl(carchive_writer *_Nullable writer, bool is_default, uint16_t tag, uint16_t permissions, uint32_t id);

/// Says that only these bytes, and those of other calls in ascending order, hold data. For a file without any: 0 bytes at its end.
void carchive_add_data_range(carchive_writer *_Nullable writer, uint64_t offset, uint64_t count);

/// Writes the header of the entry that was described. Names are interpreted in a locale of UTF-8 if `is_utf8`, so that formats that know of
/// encodings declare it, and else as bytes. 1 where all is well, 0 where the format cannot hold the entry, -1 for a failure after which
/// nothing more can be written.
int carchive_write_header(carchive_writer *_Nullable writer, bool is_utf8);

/// Writes the next bytes of the entry's contents; holes are written as zeros, which the formats that support holes omit.
bool carchive_write(carchive_writer *_Nullable writer, const uint8_t *_Nullable __counted_by(count) bytes __noescape, size_t count);

/// Ends the archive.
bool carchive_finish(carchive_writer *_Nullable writer);

/// The system's answer where the descriptor could not be written, else 0.
int carchive_write_error(carchive_writer *_Nullable writer);

/// libarchive's message about what failed, valid until the next call; NULL where it has none.
const char *_Nullable carchive_write_message(carchive_writer *_Nullable writer);
