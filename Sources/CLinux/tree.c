#define _GNU_SOURCE
#include "tree.h"

#include "opening.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

// <linux/magic.h> does not have it everywhere.
#define FUSE_MAGIC 0x65735546

static ssize_t result(ssize_t value) { return value >= 0 ? value : -errno; }

/// Copies a path and ends it with a NUL: 0 or -errno.
static int take_path(char path[PATH_MAX], const uint8_t *bytes, size_t count) {
  if (count >= PATH_MAX) return -ENAMETOOLONG;
  copy_text(path, bytes, count);
  if (memchr(path, 0, count) != NULL) return -EINVAL;
  return path[0] == '/' ? -EINVAL : 0;
}

clinux_file_status clinux_status_below(int directory, const uint8_t *bytes, size_t count) {
  char path[PATH_MAX];
  struct stat status;
  int error = take_path(path, bytes, count);
  if (error == 0) error = (int)result(fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW));
  if (error < 0) return (clinux_file_status){.error = error};
  return (clinux_file_status){
      .mode = status.st_mode,
      .uid = status.st_uid,
      .gid = status.st_gid,
      .major = major(status.st_rdev),
      .minor = minor(status.st_rdev),
      .size = (uint64_t)status.st_size,
      .device = status.st_dev,
      .inode = status.st_ino,
      .modification_time = status.st_mtim.tv_sec,
  };
}

static int open_below(int directory, const uint8_t *bytes, size_t count, int flags) {
  char path[PATH_MAX];
  int error = take_path(path, bytes, count);
  return error != 0 ? error : (int)result(openat(directory, path, flags));
}

int clinux_open_directory_below(int directory, const uint8_t *bytes, size_t count) {
  return open_below(directory, bytes, count, directory_flags);
}

int clinux_open_file_below(int directory, const uint8_t *bytes, size_t count) {
  return open_below(directory, bytes, count, present_file_flags);
}

ssize_t clinux_read_names(int directory, uint8_t *names, size_t capacity) {
  _Alignas(struct dirent64) char records[32 << 10];
  size_t wanted = capacity < sizeof records ? capacity : sizeof records;
  ssize_t count;
  size_t written = 0;
  // What is read has only `.` and `..` at worst; that is not the end.
  do {
    count = result(syscall(SYS_getdents64, directory, records, wanted));
    if (count <= 0) return count;
    for (ssize_t offset = 0; offset < count;) {
      const struct dirent64 *record = (const struct dirent64 *)(records + offset);
      offset += record->d_reclen;
      size_t length = strlen(record->d_name);
      if (strcmp(record->d_name, ".") == 0 || strcmp(record->d_name, "..") == 0) continue;
      // A record is longer than its name.
      memcpy(names + written, record->d_name, length + 1);
      written += length + 1;
    }
  } while (written == 0);
  return (ssize_t)written;
}

ssize_t clinux_read_link_below(
    int directory, const uint8_t *bytes, size_t count, uint8_t *target, size_t capacity) {
  char path[PATH_MAX];
  int error = take_path(path, bytes, count);
  return error != 0 ? error : result(readlinkat(directory, path, (char *)target, capacity));
}

ssize_t clinux_read_xattr_names(int descriptor, uint8_t *names, size_t capacity) {
  return result(flistxattr(descriptor, (char *)names, capacity));
}

ssize_t clinux_read_xattr(
    int descriptor, const uint8_t *bytes, size_t count, uint8_t *value, size_t capacity) {
  char name[NAME_MAX + 1];
  if (count > NAME_MAX) return -ERANGE;
  copy_text(name, bytes, count);
  return result(fgetxattr(descriptor, name, value, capacity));
}

ssize_t clinux_read_at(int descriptor, int64_t offset, uint8_t *bytes, size_t count) {
  size_t done = 0;
  while (done < count) {
    ssize_t more = pread(descriptor, bytes + done, count - done, offset + (int64_t)done);
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return -errno;
    if (more == 0) break;
    done += (size_t)more;
  }
  return (ssize_t)done;
}

int clinux_is_own_directory(int directory) {
  struct stat status;
  struct statfs system;
  if (geteuid() == 0 || fstat(directory, &status) != 0 || status.st_uid != geteuid()) return 0;
  return fstatfs(directory, &system) != 0 || system.f_type != FUSE_MAGIC;
}
