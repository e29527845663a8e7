// What a confined process must not do, where Swift cannot say it: variadic functions and fork. All give 0 or an errno.
#pragma once
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int attempt_exec(void) {
  char *arguments[] = {"true", 0}, *none[] = {0};
  return execve("/bin/true", arguments, none) < 0 ? errno : 0;
}

static inline int attempt_fork(void) {
  pid_t child = fork();
  if (child == 0) _exit(0);
  return child < 0 ? errno : 0;
}

static inline int attempt_ptrace(pid_t process) {
  return ptrace(PTRACE_SEIZE, process, 0, 0) < 0 ? errno : 0;
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

