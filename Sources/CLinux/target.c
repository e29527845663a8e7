#define _GNU_SOURCE
#include "target.h"

#include "opening.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

// Since Linux 6.6: older headers do not have it.
#define FCHMODAT2 452

static int result(int value) { return value >= 0 ? value : -errno; }

static int is_name(const char *name, size_t count) {
  if (count == 0 || (count == 1 && name[0] == '.') || (count == 2 && name[0] == '.' && name[1] == '.')) return 0;
  return memchr(name, '/', count) == NULL && memchr(name, 0, count) == NULL;
}

/// Copies a name and ends it with a NUL: 0 or -errno.
static int take_name(char name[NAME_MAX + 1], const uint8_t *bytes, size_t count) {
  if (count > NAME_MAX) return -ENAMETOOLONG;
  copy_text(name, bytes, count);
  return is_name(name, count) ? 0 : -EINVAL;
}

/// The same for a name that may be `/`, for the open file itself; then it is empty.
static int take_optional_name(char name[NAME_MAX + 1], const uint8_t *bytes, size_t count) {
  name[0] = 0;
  return count == 1 && bytes[0] == '/' ? 0 : take_name(name, bytes, count);
}

clinux_identity clinux_identify(int descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return (clinux_identity){.error = -errno};
  return (clinux_identity){.device = status.st_dev, .inode = status.st_ino};
}

static int open_each_component(int directory, const char *path) {
  int current = directory;
  while (*path != 0) {
    char name[NAME_MAX + 1];
    size_t length = strcspn(path, "/");
    int error = take_name(name, (const uint8_t *)path, length);
    int next = error != 0 ? error : result(openat(current, name, directory_flags));
    if (current != directory) close(current);
    if (next < 0) return next;
    current = next;
    path += length;
    path += *path == '/';
  }
  return current != directory ? current : -EINVAL;
}

int clinux_open_below(int directory, const uint8_t *bytes, size_t count) {
  char path[PATH_MAX];
  if (count >= sizeof path) return -ENAMETOOLONG;
  copy_text(path, bytes, count);
  if (count == 0 || memchr(path, 0, count) != NULL) return -EINVAL;
  struct open_how how = {
      .flags = directory_flags, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
  int descriptor = result((int)syscall(SYS_openat2, directory, path, &how, sizeof how));
  // A confined process may not use a call whose flags are not in a register: EPERM, as from old containers. EAGAIN reports a rename somewhere in the meantime.
  if (descriptor == -ENOSYS || descriptor == -EPERM || descriptor == -EAGAIN)
    return open_each_component(directory, path);
  return descriptor;
}

int clinux_open_parent(int directory) { return result(openat(directory, "..", directory_flags)); }

int clinux_make_directory(int directory, const uint8_t *bytes, size_t count) {
  char name[NAME_MAX + 1];
  int error = take_name(name, bytes, count);
  return error != 0 ? error : result(mkdirat(directory, name, 0700));
}

int clinux_create_file(int directory, const uint8_t *bytes, size_t count) {
  char name[NAME_MAX + 1];
  int error = take_name(name, bytes, count);
  if (error != 0) return error;
  return result(openat(directory, name, new_file_flags, 0600));
}

int clinux_make_node(
    int directory, const uint8_t *bytes, size_t count, uint32_t mode, uint32_t major, uint32_t minor) {
  char name[NAME_MAX + 1];
  int error = take_name(name, bytes, count);
  return error != 0 ? error : result(mknodat(directory, name, mode, makedev(major, minor)));
}

int clinux_make_symbolic_link(
    int directory, const uint8_t *bytes, size_t count, const uint8_t *target_bytes, size_t target_count) {
  char name[NAME_MAX + 1], target[PATH_MAX];
  int error = take_name(name, bytes, count);
  if (error != 0) return error;
  if (target_count >= sizeof target) return -ENAMETOOLONG;
  copy_text(target, target_bytes, target_count);
  if (memchr(target, 0, target_count) != NULL) return -EINVAL;
  return result(symlinkat(target, directory, name));
}

int clinux_link(
    int directory, const uint8_t *bytes, size_t count, int new_directory, const uint8_t *new_bytes,
    size_t new_count) {
  char name[NAME_MAX + 1], new_name[NAME_MAX + 1];
  int error = take_name(name, bytes, count);
  if (error == 0) error = take_name(new_name, new_bytes, new_count);
  return error != 0 ? error : result(linkat(directory, name, new_directory, new_name, 0));
}

int clinux_remove(int directory, const uint8_t *bytes, size_t count) {
  char name[NAME_MAX + 1];
  int error = take_name(name, bytes, count);
  return error != 0 ? error : result(unlinkat(directory, name, 0));
}

int clinux_write_at(int descriptor, int64_t offset, const uint8_t *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = pwrite(descriptor, bytes, count, offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? -errno : -EIO;
    bytes += written;
    offset += written;
    count -= (size_t)written;
  }
  return 0;
}

int clinux_set_size(int descriptor, int64_t size) { return result(ftruncate(descriptor, size)); }

int clinux_set_owner(int directory, const uint8_t *bytes, size_t count, uint32_t uid, uint32_t gid) {
  char name[NAME_MAX + 1];
  int error = take_optional_name(name, bytes, count);
  if (error != 0) return error;
  return result(name[0] == 0 ? fchown(directory, uid, gid) : fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW));
}

int clinux_set_mode(int directory, const uint8_t *bytes, size_t count, uint32_t mode) {
  char name[NAME_MAX + 1];
  int error = take_optional_name(name, bytes, count);
  if (error != 0) return error;
  mode &= 07777;
  if (name[0] == 0) return result(fchmod(directory, mode));
  struct stat status;
  if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return -errno;
  if ((status.st_mode & 07777) == mode) return 0;
  error = result((int)syscall(FCHMODAT2, directory, name, mode, AT_SYMLINK_NOFOLLOW));
  return error == -ENOSYS ? result(fchmodat(directory, name, mode, AT_SYMLINK_NOFOLLOW)) : error;
}

int clinux_set_times(int directory, const uint8_t *bytes, size_t count, int64_t access, int64_t modification) {
  char name[NAME_MAX + 1];
  int error = take_optional_name(name, bytes, count);
  if (error != 0) return error;
  struct timespec times[] = {{.tv_sec = access}, {.tv_sec = modification}};
  return result(name[0] == 0 ? futimens(directory, times) : utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW));
}

int clinux_set_xattr(
    int directory, const uint8_t *bytes, size_t count, const uint8_t *attribute_bytes, size_t attribute_count,
    const uint8_t *value, size_t value_count, bool is_empty) {
  char name[NAME_MAX + 1], attribute[NAME_MAX + 1];
  int error = take_optional_name(name, bytes, count);
  if (error != 0) return error;
  if (attribute_count > NAME_MAX) return -ERANGE;
  copy_text(attribute, attribute_bytes, attribute_count);
  if (is_empty) value_count = 0;
  if (name[0] == 0) return result(fsetxattr(directory, attribute, value, value_count, 0));
  if (fchdir(directory) != 0) return -errno;
  return result(lsetxattr(name, attribute, value, value_count, 0));
}
