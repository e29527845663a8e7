#include "CStorage.h"

#include <errno.h>
#include <mtd/mtd-user.h>
#include <sys/ioctl.h>

int64_t cstorage_mtd_erase_size(int descriptor) {
  struct mtd_info_user info;
  if (ioctl(descriptor, MEMGETINFO, &info) != 0) return -errno;
  return info.erasesize;
}

int cstorage_mtd_is_bad_block(int descriptor, int64_t offset) {
  __kernel_loff_t position = offset;
  int result = ioctl(descriptor, MEMGETBADBLOCK, &position);
  if (result >= 0) return result > 0;
  return errno == EOPNOTSUPP ? 0 : -errno;
}
