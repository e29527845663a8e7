// Reading what is below an open directory: variadic openat, structures whose fields are macros, and lists of names without a stream.
// Functions return -errno on failure, and 0 or more otherwise.
//
// A path consists of names with slashes between them and has no NUL; `.` means the directory itself. No symbolic link is followed at its
// end. No span may be empty: the functions that Swift 6.2 generates would trap.
#pragma once
#include <lifetimebound.h>
#include <ptrcheck.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct {
  /// 0 or -errno.
  int error;
  uint32_t mode, uid, gid, major, minor;
  uint64_t size, device, inode;
  int64_t modification_time;
} clinux_file_status;

clinux_file_status clinux_status_below(int directory, const uint8_t *__counted_by(count) path __noescape, size_t count);

/// Opens a directory for reading its names.
int clinux_open_directory_below(int directory, const uint8_t *__counted_by(count) path __noescape, size_t count);

/// Opens a file for reading, without waiting for the other end of a fifo.
int clinux_open_file_below(int directory, const uint8_t *__counted_by(count) path __noescape, size_t count);

/// Reads the next names of an open directory, each terminated by NUL. 0 at the end.
ssize_t clinux_read_names(int directory, uint8_t *__counted_by(capacity) names __noescape, size_t capacity);

/// Reads a symbolic link's target.
ssize_t clinux_read_link_below(
    int directory, const uint8_t *__counted_by(count) path __noescape, size_t count,
    uint8_t *__counted_by(capacity) target __noescape, size_t capacity);

/// Reads the names of an open file's extended attributes, each terminated by NUL.
ssize_t clinux_read_xattr_names(int descriptor, uint8_t *__counted_by(capacity) names __noescape, size_t capacity);

/// Reads the value of an open file's extended attribute.
ssize_t clinux_read_xattr(
    int descriptor, const uint8_t *__counted_by(count) name __noescape, size_t count,
    uint8_t *__counted_by(capacity) value __noescape, size_t capacity);

/// Reads at an offset until the buffer is full or the file ends.
ssize_t clinux_read_at(int descriptor, int64_t offset, uint8_t *__counted_by(count) bytes __noescape, size_t count);

/// Whether an open directory belongs to this user, who is not root, and is not in a FUSE mount, which shows other users' files as they are.
int clinux_is_own_directory(int directory);
