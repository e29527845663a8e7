#define _GNU_SOURCE
#include "confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void close_range_or_each(unsigned first, unsigned last) {
  if (first > last) return;
  if (syscall(SYS_close_range, first, last, 0) == 0) return;
  struct rlimit limit;
  unsigned end = 65536;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < end) end = (unsigned)limit.rlim_cur;
  for (unsigned number = first; number <= last && number < end; number++) close((int)number);
}

void clinux_keep_only(const int *descriptors, int count) {
  unsigned next = 3;
  for (int i = 0; i < count; i++) {
    if (descriptors[i] < (int)next) continue;
    close_range_or_each(next, (unsigned)descriptors[i] - 1);
    next = (unsigned)descriptors[i] + 1;
  }
  close_range_or_each(next, ~0u);
}

void clinux_detach_input(void) {
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null <= 0) return;
  dup2(null, 0);
  close(null);
}

void clinux_silence_standard_error(void) { dup2(0, 2); }

int clinux_give_up_privileges(void) {
  struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) return -errno;
  // A core that is piped to a program takes no notice of the limit.
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return -errno;
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : -errno;
}

int clinux_take_as_root(int directory) {
  if (fchdir(directory) != 0) return -errno;
  return chroot(".") == 0 ? 0 : -errno;
}

#define RIGHT(number) (1ull << (number))

// DAC_OVERRIDE: directories get their owner and permissions last, but those that were there before have them. FOWNER: attributes of what is
// the image's owner's already.
static const uint64_t making = RIGHT(CAP_DAC_OVERRIDE) | RIGHT(CAP_FOWNER);
// SYS_ADMIN: attributes of the namespaces trusted and security. FSETID: set-group-ID bits.
static const uint64_t keeping_owners =
    RIGHT(CAP_CHOWN) | RIGHT(CAP_FSETID) | RIGHT(CAP_SETFCAP) | RIGHT(CAP_SYS_ADMIN);

int clinux_drop_capabilities(int makes_files, int keeps_owners, int makes_devices, int reads_tree) {
  uint64_t kept = 0;
  if (reads_tree) kept |= RIGHT(CAP_DAC_READ_SEARCH);
  if (makes_files) kept |= making;
  if (makes_files && keeps_owners) kept |= keeping_owners;
  if (makes_files && makes_devices) kept |= RIGHT(CAP_MKNOD);
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct halves[2];
  if (syscall(SYS_capget, &header, halves) != 0) return -errno;
  for (int half = 0; half < 2; half++) {
    halves[half].permitted &= (uint32_t)(kept >> (32 * half));
    halves[half].effective = halves[half].permitted;
    halves[half].inheritable = 0;
  }
  return syscall(SYS_capset, &header, halves) == 0 ? 0 : -errno;
}

void clinux_default_crash_signals(void) {
  static const int signals[] = {SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
}

// The hard limit may be lower than what is requested: then that is the limit.
static int limit(int resource, rlim_t soft, rlim_t hard) {
  struct rlimit current;
  if (getrlimit(resource, &current) != 0) return -errno;
  if (hard < current.rlim_max) current.rlim_max = hard;
  current.rlim_cur = soft < current.rlim_max ? soft : current.rlim_max;
  return setrlimit(resource, &current) == 0 ? 0 : -errno;
}

int clinux_limit_memory(uint64_t byte_count, uint64_t most) { return limit(RLIMIT_DATA, byte_count, most); }

int clinux_limit_descriptors(uint64_t count) { return limit(RLIMIT_NOFILE, count, count); }

int clinux_limit_file_size(uint64_t byte_count) {
  signal(SIGXFSZ, SIG_IGN);
  return limit(RLIMIT_FSIZE, byte_count, byte_count);
}

uint64_t clinux_thread_stack_size(void) {
  pthread_attr_t attributes;
  size_t size = 8 << 20;
  if (pthread_getattr_default_np(&attributes) != 0) return size;
  pthread_attr_getstacksize(&attributes, &size);
  pthread_attr_destroy(&attributes);
  return size;
}

// The run time of -fprofile-instr-generate.
extern int __llvm_profile_runtime __attribute__((weak));

int clinux_is_instrumented(void) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
  return 1;
#endif
#endif
  return &__llvm_profile_runtime != NULL;
}
