// The system calls that a confined process may make, as a program for the kernel's packet filter.
//
// Three answers. What reading and serving need is allowed. Calls that are never needed, and that an attacker would try first, end the
// process at once: a parser that has been taken over gets no second attempt. Everything else fails with EPERM, since the C library
// and the language's run time try things of which they do without (a file under /sys, the system log).
#define _GNU_SOURCE
#include "confinement.h"

#include "opening.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sched.h>
#include <mtd/mtd-user.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#endif

#ifndef NATIVE

int clinux_confine_calls(int target, int has_root, int reads_tree) {
  (void)target, (void)has_root, (void)reads_tree;
  return -ENOSYS;
}

#else

// The most frequent first: older kernels go through the list for each call.
static const int allowed[] = {
    // Reading, unpacking and answering, with descriptors that are open already. No call here takes a path.
    SYS_read, SYS_writev, SYS_pread64, SYS_futex, SYS_write, SYS_pwrite64, SYS_readv, SYS_preadv, SYS_close, SYS_fstat,
    SYS_lseek, SYS_ftruncate, SYS_ppoll,
    // Memory.
    SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk,
    // Threads: their start (with clone, below), their locks and their end.
    SYS_set_robust_list, SYS_rseq, SYS_sched_yield, SYS_sched_getaffinity, SYS_gettid, SYS_exit, SYS_exit_group,
    // Signals to itself, such as the one that ends libfuse's threads.
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_restart_syscall,
    // Time, chance, and who we are.
    SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_getrandom, SYS_getpid,
    SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid,
#ifdef SYS_poll
    SYS_poll, SYS_time,
#endif
};

// For a process that makes no files: see add_attributes. The channel to the supervisor is the only socket; without socket() there is
// nothing else to send to.
static const int reading[] = {
    SYS_sendmsg, SYS_recvmsg, SYS_dup, SYS_dup3,
#ifdef SYS_dup2
    SYS_dup2,
#endif
};

// For a process that makes files. Landlock decides where.
static const int making[] = {SYS_mkdirat, SYS_symlinkat, SYS_mknodat, SYS_unlinkat, SYS_newfstatat};

// For a process that reads a directory and all below it. Landlock decides where.
static const int reading_tree[] = {
    SYS_newfstatat, SYS_getdents64, SYS_readlinkat, SYS_flistxattr, SYS_fgetxattr,
};

// Attributes of what is open, for a process that makes files.
static const int attributes[] = {SYS_fchmod, SYS_fchown, SYS_fsetxattr};

// Since Linux 6.6: older headers do not have it.
#define FCHMODAT2 452

// Attributes of what cannot be opened, such as symbolic links and devices; with fchownat and fchmodat2. For root only: others could make
// their own files elsewhere readable for all users with it, and root has the target as its root directory.
static const int making_by_root[] = {SYS_fchdir, SYS_lsetxattr};

// Nothing that this program or a separate library would ever try.
static const int fatal[] = {
    SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kill, SYS_tkill, SYS_pidfd_open,
    SYS_pidfd_getfd, SYS_pidfd_send_signal, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_mount, SYS_umount2, SYS_pivot_root,
    SYS_chroot, SYS_setns, SYS_unshare, SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid,
    SYS_setgroups, SYS_setfsuid, SYS_setfsgid, SYS_capset, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup,
    SYS_io_uring_enter, SYS_io_uring_register, SYS_open_by_handle_at, SYS_add_key, SYS_request_key, SYS_keyctl, SYS_init_module,
    SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_reboot, SYS_swapon, SYS_swapoff, SYS_acct, SYS_quotactl,
#ifdef SYS_fork
    SYS_fork, SYS_vfork, SYS_iopl, SYS_ioperm, SYS_modify_ldt,
#endif
};

#define ENTRIES(list) (sizeof list / sizeof *list)

struct program {
  unsigned short length;
  // Enough for every list and every rule below.
  struct sock_filter steps[700];
};

// Descriptors that are not to be changed.
struct descriptors {
  int count;
  unsigned numbers[24];
};

enum {
  // More than there can be at once: Confinement limits them.
  descriptor_end = 256,
};

static void add(struct program *program, struct sock_filter step) { program->steps[program->length++] = step; }

static void load(struct program *program, size_t offset) {
  add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset));
}

static void answer(struct program *program, unsigned result) {
  add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, result));
}

// Answers unless the comparison with what was loaded last fails.
static void answer_if(struct program *program, unsigned short comparison, unsigned value, unsigned result) {
  add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | comparison | BPF_K, value, 0, 1));
  answer(program, result);
}

static void answer_all(struct program *program, const int *calls, size_t count, unsigned result) {
  for (size_t i = 0; i < count; i++) answer_if(program, BPF_JEQ, (unsigned)calls[i], result);
}

// The low half of an argument: the kernel takes no more of those that are checked here.
static size_t argument(int number) { return offsetof(struct seccomp_data, args) + (size_t)number * 8; }

// The rules for one call, whose number is loaded: `body` must answer in every case.
#define RULES(program, call, body)                                                                    \
  do {                                                                                                \
    unsigned short jump = (program)->length;                                                          \
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(call), 0, 0));    \
    body;                                                                                             \
    (program)->steps[jump].jf = (unsigned char)((program)->length - jump - 1);                        \
  } while (0)

static const unsigned ALLOW = SECCOMP_RET_ALLOW;
static const unsigned REFUSE = SECCOMP_RET_ERRNO | EPERM;
static const unsigned ABSENT = SECCOMP_RET_ERRNO | ENOSYS;
static const unsigned KILL = SECCOMP_RET_KILL_PROCESS;

// The low half of `call`'s argument must be one of these.
static void allow_values(struct program *program, int call, int number, const unsigned *values, size_t count) {
  RULES(program, call, {
    load(program, argument(number));
    for (size_t i = 0; i < count; i++) answer_if(program, BPF_JEQ, values[i], ALLOW);
    answer(program, REFUSE);
  });
}

// Executable memory is never created.
static void refuse_executable(struct program *program, int call) {
  RULES(program, call, {
    load(program, argument(2));
    answer_if(program, BPF_JSET, PROT_EXEC, KILL);
    answer(program, ALLOW);
  });
}

static void add_rules(struct program *program, int makes_files) {
  static const unsigned descriptor_commands[] = {F_GETFD, F_SETFD, F_GETFL, F_DUPFD, F_DUPFD_CLOEXEC};
  // What a device is, whether a terminal is there and how wide. isatty() asks with TCGETS, from glibc 2.42 on with TCGETS2, whose
  // declaration glibc's own excludes.
  static const unsigned tcgets2 = 0x802C542A;
  static const unsigned requests[] = {(unsigned)MEMGETINFO, (unsigned)MEMGETBADBLOCK, TCGETS, tcgets2, TIOCGWINSZ};
  allow_values(program, SYS_fcntl, 1, descriptor_commands, ENTRIES(descriptor_commands) - (makes_files ? 2 : 0));
  allow_values(program, SYS_ioctl, 1, requests, ENTRIES(requests));
  refuse_executable(program, SYS_mmap);
  refuse_executable(program, SYS_mprotect);
  // The filter cannot examine clone3's flags; the C library then takes clone, whose flags say thread or process.
  RULES(program, SYS_clone3, answer(program, ABSENT));
  RULES(program, SYS_clone, {
    load(program, argument(0));
    answer_if(program, BPF_JSET, CLONE_THREAD, ALLOW);
    answer(program, KILL);
  });
  RULES(program, SYS_tgkill, {
    load(program, argument(0));
    answer_if(program, BPF_JEQ, (unsigned)getpid(), ALLOW);
    answer(program, KILL);
  });
  // send() on a connected socket is sendto() without an address.
  RULES(program, SYS_sendto, {
    load(program, argument(4));
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0));
    answer(program, REFUSE);
    load(program, argument(4) + 4);
    answer_if(program, BPF_JEQ, 0, ALLOW);
    answer(program, REFUSE);
  });
  // The memory limit, up to its hard limit, when it is known how much was unpacked.
  RULES(program, SYS_prlimit64, {
    load(program, argument(0));
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0));
    answer(program, KILL);
    load(program, argument(1));
    answer_if(program, BPF_JEQ, RLIMIT_DATA, ALLOW);
    answer(program, REFUSE);
  });
}

// No file that was there before is ever opened, be it a device, and none by O_PATH, of which Landlock takes no notice.
static void add_opening(struct program *program) {
  static const unsigned flags[] = {directory_flags, new_file_flags};
  allow_values(program, SYS_openat, 2, flags, ENTRIES(flags));
}

// Nothing is opened for writing, or by O_PATH.
static void add_opening_to_read(struct program *program) {
  static const unsigned flags[] = {directory_flags, present_file_flags};
  allow_values(program, SYS_openat, 2, flags, ENTRIES(flags));
}

// What is open now, but the target. One too many, and nothing can be changed.
static struct descriptors open_descriptors(int target) {
  struct descriptors open = {0};
  for (int number = 0; number < descriptor_end; number++) {
    if (number == target || fcntl(number, F_GETFD) < 0) continue;
    if (open.count == ENTRIES(open.numbers)) return (struct descriptors){.count = -1};
    open.numbers[open.count++] = (unsigned)number;
  }
  return open;
}

// The first argument must be a descriptor that is none of these. All others that the process ever has are what it made, and directories: a
// number that is free now can only be taken by openat, since there is no other call left that gives one.
static void allow_but(struct program *program, struct descriptors open) {
  load(program, argument(0));
  answer_if(program, BPF_JGE, open.count < 0 ? 0 : descriptor_end, REFUSE);
  for (int i = 0; i < open.count; i++) answer_if(program, BPF_JEQ, open.numbers[i], REFUSE);
  answer(program, ALLOW);
}

// Permissions, owners, times and extended attributes: Landlock has no say about them. With a name in a directory no flag may turn the directory's
// descriptor into the thing itself, or follow a link.
static void add_attributes(struct program *program, struct descriptors open, int has_root) {
  static const unsigned none[] = {0}, no_follow[] = {AT_SYMLINK_NOFOLLOW};
  for (size_t i = 0; i < ENTRIES(attributes); i++) RULES(program, attributes[i], allow_but(program, open));
  allow_values(program, SYS_linkat, 4, none, 1);
  if (has_root) {
    allow_values(program, SYS_fchownat, 4, no_follow, 1);
    allow_values(program, FCHMODAT2, 3, no_follow, 1);
  }
  RULES(program, SYS_utimensat, {
    load(program, argument(3));
    answer_if(program, BPF_JEQ, AT_SYMLINK_NOFOLLOW, ALLOW);
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0));
    answer(program, REFUSE);
    // Without flags, and so without a name: as futimens has it.
    load(program, argument(1));
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0));
    answer(program, REFUSE);
    load(program, argument(1) + 4);
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0));
    answer(program, REFUSE);
    allow_but(program, open);
  });
}

int clinux_confine_calls(int target, int has_root, int reads_tree) {
  struct program program = {0};
  load(&program, offsetof(struct seccomp_data, arch));
  add(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0));
  answer(&program, KILL);
  load(&program, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
  // The x32 interface has the same architecture and other numbers.
  answer_if(&program, BPF_JGE, 0x40000000, KILL);
#endif
  answer_all(&program, allowed, ENTRIES(allowed), ALLOW);
  add_rules(&program, target >= 0);
  if (target >= 0) {
    add_opening(&program);
    add_attributes(&program, open_descriptors(target), has_root);
    answer_all(&program, making, ENTRIES(making), ALLOW);
    if (has_root) answer_all(&program, making_by_root, ENTRIES(making_by_root), ALLOW);
  } else {
    answer_all(&program, reading, ENTRIES(reading), ALLOW);
    if (reads_tree) {
      add_opening_to_read(&program);
      answer_all(&program, reading_tree, ENTRIES(reading_tree), ALLOW);
    }
  }
  answer_all(&program, fatal, ENTRIES(fatal), KILL);
  answer(&program, REFUSE);
  struct sock_fprog filter = {.len = program.length, .filter = program.steps};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0 ? 0 : -errno;
}

#endif
