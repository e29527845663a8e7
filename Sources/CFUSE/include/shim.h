// libfuse's low-level interface, as Swift can call it.
#pragma once
#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Sends a reply of bytes. They are not a C string, so it takes any pointer, so that Swift need not rebind one.
int cfuse_reply_bytes(fuse_req_t req, const void *bytes, size_t count);

/// FUSE_NAME_MAX: the kernel fails a whole buffer over one longer name.
#define CFUSE_NAME_MAX 1024

/// fuse_add_direntry for a name without a NUL at its end, as Swift's are. Returns what libfuse returns: the room needed, with nothing
/// written if it exceeds `room`. `length` must not exceed CFUSE_NAME_MAX.
size_t cfuse_add_direntry(
    fuse_req_t req, void *buffer, size_t room, const void *name, size_t length, const struct stat *attributes,
    uint64_t next);

/// The same with an entry. libfuse takes d_type from the mode; `type` replaces it, since an entry's type in its directory may differ from
/// that of its inode.
size_t cfuse_add_direntry_plus(
    fuse_req_t req, void *buffer, size_t room, const void *name, size_t length, uint32_t type,
    const struct fuse_entry_param *entry, uint64_t next);

// The C library defines these under _GNU_SOURCE only.
#define CFUSE_SEEK_DATA 3
#define CFUSE_SEEK_HOLE 4

/// makedev is a macro.
dev_t cfuse_makedev(uint32_t major, uint32_t minor);

/// fuse_session_new is a macro since libfuse 3.17.
struct fuse_session *cfuse_session_new(struct fuse_args *arguments, const struct fuse_lowlevel_ops *callbacks, size_t size, void *userdata);

/// fuse_session_loop_mt may be a macro, and its configuration is three calls: here it is one.
int cfuse_session_loop_mt(struct fuse_session *session, unsigned max_idle, unsigned max_threads, int clone_descriptor);

/// Receives one formatted message of libfuse, truncated at 4095 bytes; on any thread, several at once.
typedef void (*cfuse_log_handler)(int level, const char *text);

/// Has every message of libfuse given to `handler`. (Swift cannot be a callback with a va_list.)
void cfuse_set_log_handler(cfuse_log_handler handler);
