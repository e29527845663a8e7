#include "members.h"

#include "reader_state.h"

#include <stdlib.h>
#include <string.h>

carchive_member carchive_describe_member(carchive_reader *reader) {
  if (reader == NULL || reader->entry == NULL) return (carchive_member){0};
  struct archive_entry *entry = reader->entry;
  int64_t modification_time = archive_entry_mtime(entry);
  return (carchive_member){
      .mode = archive_entry_mode(entry),
      .uid = archive_entry_uid(entry),
      .gid = archive_entry_gid(entry),
      .size = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0,
      .access_time = archive_entry_atime_is_set(entry) ? archive_entry_atime(entry) : modification_time,
      .modification_time = modification_time,
      .change_time = archive_entry_ctime_is_set(entry) ? archive_entry_ctime(entry) : modification_time,
      .major = (uint32_t)archive_entry_rdevmajor(entry),
      .minor = (uint32_t)archive_entry_rdevminor(entry),
      .is_hard_link = archive_entry_hardlink(entry) != NULL || archive_entry_hardlink_utf8(entry) != NULL,
  };
}

ptrdiff_t carchive_copy_target(
    carchive_reader *reader, carchive_target which,
    uint8_t *__counted_by(output_count) output __noescape, size_t output_count) {
  if (reader == NULL || reader->entry == NULL) return 0;
  bool is_hard = which == carchive_target_hard_link;
  const char *text = is_hard ? archive_entry_hardlink(reader->entry) : archive_entry_symlink(reader->entry);
  // A name that the locale cannot express has only the second form.
  if (text == NULL) text = is_hard ? archive_entry_hardlink_utf8(reader->entry) : archive_entry_symlink_utf8(reader->entry);
  if (text == NULL) return 0;
  size_t count = strlen(text);
  memcpy(output, text, count < output_count ? count : output_count);
  return (ptrdiff_t)count;
}

void carchive_reset_xattrs(carchive_reader *reader) {
  if (reader != NULL && reader->entry != NULL) archive_entry_xattr_reset(reader->entry);
}

ptrdiff_t carchive_next_xattr(
    carchive_reader *reader, uint8_t *__counted_by(output_count) output __noescape, size_t output_count) {
  const char *name;
  const void *value;
  size_t value_count;
  if (reader == NULL || reader->entry == NULL) return 0;
  if (archive_entry_xattr_next(reader->entry, &name, &value, &value_count) != ARCHIVE_OK || name == NULL) return 0;
  size_t name_count = strlen(name) + 1;
  if (name_count <= output_count && value_count <= output_count - name_count) {
    memcpy(output, name, name_count);
    if (value_count > 0) memcpy(output + name_count, value, value_count);
  }
  return (ptrdiff_t)(name_count + value_count);
}

int carchive_reset_acl(carchive_reader *reader, bool is_default) {
  if (reader == NULL || reader->entry == NULL) return 0;
  int type = is_default ? ARCHIVE_ENTRY_ACL_TYPE_DEFAULT : ARCHIVE_ENTRY_ACL_TYPE_ACCESS;
  return archive_entry_acl_reset(reader->entry, type);
}

carchive_acl_line carchive_next_acl(carchive_reader *reader, bool is_default) {
  carchive_acl_line line = {0};
  int wanted = is_default ? ARCHIVE_ENTRY_ACL_TYPE_DEFAULT : ARCHIVE_ENTRY_ACL_TYPE_ACCESS;
  int type, permissions, tag, id;
  const char *name;
  if (reader == NULL || reader->entry == NULL) return line;
  if (archive_entry_acl_next(reader->entry, wanted, &type, &permissions, &tag, &id, &name) != ARCHIVE_OK) return line;
  line.is_there = true;
  line.permissions = (uint16_t)(permissions & 7);
  line.id = UINT32_MAX;
  switch (tag) {
  case ARCHIVE_ENTRY_ACL_USER_OBJ: line.tag = 0x01; break;
  case ARCHIVE_ENTRY_ACL_USER: line.tag = 0x02; line.id = (uint32_t)id; break;
  case ARCHIVE_ENTRY_ACL_GROUP_OBJ: line.tag = 0x04; break;
  case ARCHIVE_ENTRY_ACL_GROUP: line.tag = 0x08; line.id = (uint32_t)id; break;
  case ARCHIVE_ENTRY_ACL_MASK: line.tag = 0x10; break;
  case ARCHIVE_ENTRY_ACL_OTHER: line.tag = 0x20; break;
  default: break;
  }
  return line;
}
