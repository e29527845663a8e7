#include "shim.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

int cfuse_reply_bytes(fuse_req_t req, const void *bytes, size_t count) {
  return fuse_reply_buf(req, (const char *)bytes, count);
}

size_t cfuse_add_direntry(
    fuse_req_t req, void *buffer, size_t room, const void *name, size_t length, const struct stat *attributes,
    uint64_t next) {
  char terminated[CFUSE_NAME_MAX + 1];
  memcpy(terminated, name, length);
  terminated[length] = 0;
  return fuse_add_direntry(req, buffer, room, terminated, attributes, (off_t)next);
}

size_t cfuse_add_direntry_plus(
    fuse_req_t req, void *buffer, size_t room, const void *name, size_t length, uint32_t type,
    const struct fuse_entry_param *entry, uint64_t next) {
  char terminated[CFUSE_NAME_MAX + 1];
  memcpy(terminated, name, length);
  terminated[length] = 0;
  size_t needed = fuse_add_direntry_plus(req, buffer, room, terminated, entry, (off_t)next);
  if (needed <= room)
    memcpy((char *)buffer + offsetof(struct fuse_direntplus, dirent) + offsetof(struct fuse_dirent, type), &type,
           sizeof type);
  return needed;
}

dev_t cfuse_makedev(uint32_t major, uint32_t minor) { return makedev(major, minor); }

struct fuse_session *cfuse_session_new(
    struct fuse_args *arguments, const struct fuse_lowlevel_ops *callbacks, size_t size, void *userdata) {
  return fuse_session_new(arguments, callbacks, size, userdata);
}

int cfuse_session_loop_mt(
    struct fuse_session *session, unsigned max_idle, unsigned max_threads, int clone_descriptor) {
  struct fuse_loop_config *config = fuse_loop_cfg_create();
  if (config == NULL) return -ENOMEM;
  fuse_loop_cfg_set_idle_threads(config, max_idle);
  fuse_loop_cfg_set_max_threads(config, max_threads);
  fuse_loop_cfg_set_clone_fd(config, (unsigned)clone_descriptor);
  int result = fuse_session_loop_mt(session, config);
  fuse_loop_cfg_destroy(config);
  return result;
}

static _Atomic(cfuse_log_handler) log_handler;

static void format_log(enum fuse_log_level level, const char *format, va_list list) {
  char text[4096];
  vsnprintf(text, sizeof text, format, list);
  cfuse_log_handler handler = atomic_load(&log_handler);
  if (handler != NULL) handler((int)level, text);
}

void cfuse_set_log_handler(cfuse_log_handler handler) {
  atomic_store(&log_handler, handler);
  fuse_set_log_func(format_log);
}
