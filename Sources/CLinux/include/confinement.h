// What a process drops before it examines hostile bytes. Functions give 0 or -errno, and none can be taken back. Only for a process with
// one thread: the others would keep what this one drops.
#pragma once
#include <stdint.h>

/// Closes every descriptor above 2 but these `count`, which must be ascending. (close_range's fallback is a loop.)
void clinux_keep_only(const int *descriptors, int count);

/// Standard error at what standard input is at, for a process whose input is /dev/null: it opens nothing.
void clinux_silence_standard_error(void);

/// No program that is started from here on has more rights than this process; no core dump, no debugger of the same user. (prctl is
/// variadic.)
int clinux_give_up_privileges(void);

/// Makes crashes end the process, regardless of installed handlers: those of Swift's runtime would start a program.
void clinux_default_crash_signals(void);

/// Bytes of private memory that can be written: heap and threads' stacks, not what is only reserved. The second number is the most that the
/// first can be set to later. (RLIMIT_… are a separate enum type in Swift.)
int clinux_limit_memory(uint64_t byte_count, uint64_t most);

/// The maximum number of open descriptors.
int clinux_limit_descriptors(uint64_t count);

/// The maximum length of a file; a write beyond that fails with EFBIG and raises no signal.
int clinux_limit_file_size(uint64_t byte_count);

/// The bytes of address space that a new thread takes for its stack. (pthread_getattr_default_np needs _GNU_SOURCE.)
uint64_t clinux_thread_stack_size(void);

/// For root: `directory`, an open descriptor, becomes the directory that all paths start from. -EPERM for others.
int clinux_take_as_root(int directory);

/// Drops the capabilities of root: all of them, or all that making files, or reading other users' files, does not need. A process without
/// capabilities is not affected. After clinux_take_as_root, which needs one. (Two structures for the numbers, and no function for the
/// calls.)
int clinux_drop_capabilities(int makes_files, int keeps_owners, int makes_devices, int reads_tree);

/// Standard input at /dev/null, for a process that has no use for it.
void clinux_detach_input(void);

/// Landlock: no path can be opened, made, changed or run, but beneath `directory` (an open descriptor; -1 for none) files and directories made
/// and filled, with `makes_devices` devices too, and names of files taken away; beneath the open directories `readable` all can be read; no
/// TCP connection, no signal to another process where the kernel can. -EOPNOTSUPP and -ENOSYS: the kernel has no Landlock, or, with a
/// directory, one that cannot move files between directories (before Linux 5.19).
int clinux_confine_paths(int directory, int makes_devices, const int *readable, int readable_count);

/// seccomp: only the system calls that reading, serving and threads need, and with `target` (an open directory; -1 for none) those that
/// make files as target.h does. Attributes of what is open at the time of the call, but the target, can then not be set, and with
/// `has_root` (clinux_take_as_root was successful) those of links and devices can. With `reads_tree` and no target, those that read
/// directories as tree.h does. -ENOSYS: none for this kernel or processor. Needs clinux_give_up_privileges first.
int clinux_confine_calls(int target, int has_root, int reads_tree);

/// Whether this program was built with a sanitizer or for coverage, whose run time needs what confinement takes away.
int clinux_is_instrumented(void);
