#define _GNU_SOURCE
#include "CStorage.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int cstorage_status(int descriptor, uint32_t *mode, uint64_t *byte_count, uint64_t *device) {
  struct stat status;
#if defined(__x86_64__) || defined(__aarch64__)
  // The kernel's structure is the C library's.
  if (syscall(SYS_fstat, descriptor, &status) != 0) return -errno;
#else
  if (fstat(descriptor, &status) != 0) return -errno;
#endif
  *mode = status.st_mode;
  *byte_count = (uint64_t)status.st_size;
  *device = status.st_rdev;
  return 0;
}

int cstorage_is_mtd(uint64_t device) { return major((dev_t)device) == 90; }

int cstorage_unnamed_file(const char *directory) {
  int descriptor = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  return descriptor >= 0 ? descriptor : -errno;
}

int cstorage_memory_file(const char *name) {
  int descriptor = memfd_create(name, MFD_CLOEXEC);
  return descriptor >= 0 ? descriptor : -errno;
}
