#define _GNU_SOURCE
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

int clinux_nameless_output(const char *directory) {
  // Only root may link a descriptor itself; all others need its name in /proc.
  if (access("/proc/self/fd", X_OK) != 0)
    return -errno;
  int descriptor = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  return descriptor >= 0 ? descriptor : -errno;
}

int clinux_name_output(int descriptor, const char *path) {
  char name[40];
  snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
  return linkat(AT_FDCWD, name, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 ? 0 : -errno;
}

int clinux_terminal_columns(int descriptor) {
  struct winsize size;
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
