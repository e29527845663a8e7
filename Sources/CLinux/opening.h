// The only ways in which target.c and tree.c open files, as flags for openat; a confined process can use no others.
#pragma once
#include <fcntl.h>

enum {
  // A directory that is there.
  directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
  // A file that was not there before.
  new_file_flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
  // A file that is there, to be read.
  present_file_flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
};
