// What a confined process must not do, where Swift cannot say it: variadic functions and fork. All give 0 or an errno.
#pragma once
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

static inline int attempt_exec(void) {
  char *arguments[] = {"true", 0}, *none[] = {0};
  return execve("/bin/true", arguments, none) < 0 ? errno : 0;
}

static inline int attempt_duplicate(int descriptor, int number) {
  return syscall(SYS_dup3, descriptor, number, 0) < 0 ? errno : 0;
}

static inline int attempt_fork(void) {
  pid_t child = fork();
  if (child == 0) _exit(0);
  return child < 0 ? errno : 0;
}

static inline int attempt_ptrace(pid_t process) {
  return ptrace(PTRACE_SEIZE, process, 0, 0) < 0 ? errno : 0;
}

// From here on Landlock and seccomp answer with an error, as in older kernels and in containers. For root.
static inline int attempt_forbid_confinement(int error) {
  struct sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 444, 5, 0),  // landlock_create_ruleset
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
  };
  struct sock_fprog filter = {.len = sizeof steps / sizeof *steps, .filter = steps};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0 ? 0 : errno;
}

// By the numbers of 32-bit programs, which a filter for the native ones would take for other calls. 20 is getpid there.
static inline int attempt_foreign_call(void) {
#if defined(__x86_64__)
  int result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
  return result < 0 ? -result : 0;
#else
  return 0;
#endif
}

