// What target.c and tree.c have in common.
#pragma once
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// The only ways to open files, as flags for openat; a confined process can use no others.
enum {
  // A directory that is there.
  directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
  // A file that was not there before.
  new_file_flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
  // A file that is there, to be read.
  present_file_flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
};

/// Copies bytes, which are NULL where there are none, and ends them with a NUL.
static inline void copy_text(char *text, const uint8_t *bytes, size_t count) {
  if (count > 0) memcpy(text, bytes, count);
  text[count] = 0;
}
