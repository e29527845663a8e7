#pragma once
#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

// The bytes of a reply are not a C string: takes any pointer, so that Swift need not rebind one.
static inline int cfuse_reply_bytes(fuse_req_t req, const void *bytes, size_t count) {
  return fuse_reply_buf(req, (const char *)bytes, count);
}

// FUSE_NAME_MAX: the kernel fails a whole buffer over one longer name.
#define CFUSE_NAME_MAX 1024

// Swift's names are not terminated; libfuse wants a C string. Returns what libfuse returns (the
// room needed, nothing written if it exceeds `room`). `length` must not exceed CFUSE_NAME_MAX.
static inline size_t cfuse_add_direntry(fuse_req_t req, void *buffer, size_t room,
                                        const void *name, size_t length,
                                        const struct stat *attributes, uint64_t next) {
  char terminated[CFUSE_NAME_MAX + 1];
  memcpy(terminated, name, length);
  terminated[length] = 0;
  return fuse_add_direntry(req, (char *)buffer, room, terminated, attributes, (off_t)next);
}

// The same with an entry. libfuse takes d_type from the mode; `type` replaces it, since an entry's
// type in its directory may differ from that of its inode.
static inline size_t cfuse_add_direntry_plus(fuse_req_t req, void *buffer, size_t room,
                                             const void *name, size_t length, uint32_t type,
                                             const struct fuse_entry_param *entry, uint64_t next) {
  char terminated[CFUSE_NAME_MAX + 1];
  memcpy(terminated, name, length);
  terminated[length] = 0;
  size_t needed =
      fuse_add_direntry_plus(req, (char *)buffer, room, terminated, entry, (off_t)next);
  if (needed <= room)
    memcpy((char *)buffer + offsetof(struct fuse_direntplus, dirent) +
               offsetof(struct fuse_dirent, type),
           &type, sizeof type);
  return needed;
}

// The C library defines these under _GNU_SOURCE only.
#define CFUSE_SEEK_DATA 3
#define CFUSE_SEEK_HOLE 4

// makedev() is a macro.
static inline dev_t cfuse_makedev(uint32_t major, uint32_t minor) { return makedev(major, minor); }

// fuse_session_loop_mt() may be a macro, and its configuration is three calls: here it is one.
static inline int cfuse_session_loop_mt(struct fuse_session *se, unsigned int max_idle,
                                        unsigned int max_threads, int clone_fd) {
  struct fuse_loop_config *config = fuse_loop_cfg_create();
  if (config == NULL)
    return -ENOMEM;
  fuse_loop_cfg_set_idle_threads(config, max_idle);
  fuse_loop_cfg_set_max_threads(config, max_threads);
  fuse_loop_cfg_set_clone_fd(config, (unsigned int)clone_fd);
  int result = fuse_session_loop_mt(se, config);
  fuse_loop_cfg_destroy(config);
  return result;
}

// Defined in Swift (Log.swift): one formatted message of libfuse.
void cfuse_log_line(int level, const char *text);

// Swift cannot be a va_list callback: formats here, cutting at 4095 bytes.
static inline void cfuse_format_log(enum fuse_log_level level, const char *format, va_list list) {
  char text[4096];
  vsnprintf(text, sizeof text, format, list);
  cfuse_log_line((int)level, text);
}

// A static inline function has no address that Swift could take.
static inline void cfuse_install_log(void) { fuse_set_log_func(cfuse_format_log); }
