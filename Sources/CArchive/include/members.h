// What an archive has of its members beyond their names and contents, for a reader that came to one.
#pragma once
#include "reader.h"

/// A member as stat(2) would report it.
typedef struct {
  uint32_t mode;
  int64_t uid, gid, size;
  int64_t access_time, modification_time, change_time;
  uint32_t major, minor;
  bool is_hard_link;
} carchive_member;

carchive_member carchive_describe_member(carchive_reader *_Nullable reader);

/// The names that a member has beside its own path.
typedef enum __attribute__((enum_extensibility(closed))) {
  carchive_target_hard_link,
  carchive_target_symbolic_link,
} carchive_target;

/// Copies the target of a link, truncated to the size of the output, and returns the number of all of its bytes.
ptrdiff_t carchive_copy_target(
    carchive_reader *_Nullable reader, carchive_target which, uint8_t *_Nonnull __counted_by(output_count) output __noescape,
    size_t output_count);

/// Starts over with the member's extended attributes.
void carchive_reset_xattrs(carchive_reader *_Nullable reader);

/// Copies the next extended attribute: name, NUL, value. Returns the number of their bytes, 0 at the end, and more than `output_count` for
/// one that does not fit.
ptrdiff_t carchive_next_xattr(
    carchive_reader *_Nullable reader, uint8_t *_Nonnull __counted_by(output_count) output __noescape, size_t output_count);

/// A line of an access control list, its numbers as getxattr(2) gives them.
typedef struct {
  bool is_there;
  uint16_t tag, permissions;
  uint32_t id;
} carchive_acl_line;

/// Starts over with one of the member's access control lists; returns the number of its lines.
int carchive_reset_acl(carchive_reader *_Nullable reader, bool is_default);

carchive_acl_line carchive_next_acl(carchive_reader *_Nullable reader, bool is_default);
