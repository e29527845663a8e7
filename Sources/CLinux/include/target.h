// Making files below an open directory and never anywhere else: openat2 with its own structure, variadic openat, device numbers built by
// macros, attributes of what cannot be opened. Functions give -errno on failure, and 0 or more otherwise.
//
// A name is one component of at most 255 bytes; an empty one, `.`, `..`, or one with a slash or a NUL gives -EINVAL. Where a function says
// so, `/` means the open file itself. No span may be empty: the functions that Swift 6.2 generates would trap. No symbolic link is ever
// followed.
#pragma once
#include <lifetimebound.h>
#include <ptrcheck.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// The identity of a directory, unique in the running system.
typedef struct {
  int error;
  uint64_t device;
  uint64_t inode;
} clinux_identity;

clinux_identity clinux_identify(int descriptor);

/// Opens a directory below another one for reading. `path` may have several components. (openat2 with RESOLVE_BENEATH and
/// RESOLVE_NO_SYMLINKS; component by component where there is none, or a confined process may not use it.)
int clinux_open_below(int directory, const uint8_t *__counted_by(count) path __noescape, size_t count);

/// Opens the directory that a directory is in now; compare its identity before it is used.
int clinux_open_parent(int directory);

/// Makes a directory that its owner only may use.
int clinux_make_directory(int directory, const uint8_t *__counted_by(count) name __noescape, size_t count);

/// Makes a file that was not there before and that its owner only may use, and opens it for writing.
int clinux_create_file(int directory, const uint8_t *__counted_by(count) name __noescape, size_t count);

/// Makes a fifo, a socket or a device; `mode` is one of S_IF… and permissions, of which umask(2) takes some away.
int clinux_make_node(
    int directory, const uint8_t *__counted_by(count) name __noescape, size_t count, uint32_t mode, uint32_t major,
    uint32_t minor);

/// Makes a symbolic link with these bytes in it, which must not be empty or have a NUL.
int clinux_make_symbolic_link(
    int directory, const uint8_t *__counted_by(count) name __noescape, size_t count,
    const uint8_t *__counted_by(target_count) target __noescape, size_t target_count);

/// Gives a file, which may be a symbolic link, a further name.
int clinux_link(
    int directory, const uint8_t *__counted_by(count) name __noescape, size_t count, int new_directory,
    const uint8_t *__counted_by(new_count) new_name __noescape, size_t new_count);

/// Takes away a name that is not a directory's.
int clinux_remove(int directory, const uint8_t *__counted_by(count) name __noescape, size_t count);

/// Writes all bytes.
int clinux_write_at(int descriptor, int64_t offset, const uint8_t *__counted_by(count) bytes __noescape, size_t count);

/// Makes a file as long as this, with a hole after what was written.
int clinux_set_size(int descriptor, int64_t size);

/// With `/`: of the open file itself.
int clinux_set_owner(int directory, const uint8_t *__counted_by(count) name __noescape, size_t count, uint32_t uid, uint32_t gid);

/// With `/`: of the open file itself. `mode` is the lower twelve bits. Nothing is done where a name has it already, since a confined
/// process may not change it.
int clinux_set_mode(int directory, const uint8_t *__counted_by(count) name __noescape, size_t count, uint32_t mode);

/// In seconds since 1970, with no nanoseconds. Without a name: of the open file itself.
int clinux_set_times(int directory, const uint8_t *__counted_by(count) name __noescape, size_t count, int64_t access, int64_t modification);

/// With `/`: of the open file itself. With one, `directory` becomes the process's current directory, since there is no call that takes both
/// before Linux 6.13: only one thread at a time may set attributes by name.
int clinux_set_xattr(
    int directory, const uint8_t *__counted_by(count) name __noescape, size_t count,
    const uint8_t *__counted_by(attribute_count) attribute __noescape, size_t attribute_count,
    const uint8_t *__counted_by(value_count) value __noescape, size_t value_count, bool is_empty);
