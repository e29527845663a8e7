// Processes, signals, descriptor passing and mounting: variadic functions, function-like macros, and fork, which Swift marks unavailable.
// Functions give -errno on failure unless they say otherwise.
#pragma once
#include <stddef.h>
#include <sys/types.h>

/// fork(). Only for a process with one thread. Swift marks fork unavailable.
pid_t clinux_fork(void);

/// A pair of connected SOCK_SEQPACKET sockets, close-on-exec (SOCK_… are a separate enum type in Swift).
int clinux_socket_pair(int *first, int *second);

/// Sends one packet, with `descriptor` attached unless it is -1. Never raises SIGPIPE. `wait` 0: EAGAIN when full.
ssize_t clinux_send(int socket, const void *bytes, size_t count, int descriptor, int wait);

/// Receives one packet; 0 is the end. With `descriptor` NULL, descriptors sent along are dropped by the kernel; otherwise the one received
/// (close-on-exec) or -1 is stored there. (CMSG_… are macros.)
ssize_t clinux_receive(int socket, void *bytes, size_t capacity, int *descriptor);

/// Blocks SIGTERM, SIGINT and, unless it is ignored as nohup does it, SIGHUP, and gives a descriptor that reports them; SIGPIPE is ignored
/// and SIGCHLD reset to its default, regardless of inherited handlers. (sigset_t macros, SIG_IGN.)
int clinux_open_signalfd(void);

/// The next signal a descriptor of `clinux_open_signalfd` reports, or 0.
int clinux_next_signal(int descriptor);

/// Ignores SIGTERM, SIGINT, SIGHUP and SIGPIPE from here on, and unblocks them.
void clinux_ignore_signals(void);

/// Waits for a child; 1 with its exit code or minus the signal that killed it in `status`, 0 when `wait` is 0 and it is still running. (W…
/// are macros.)
int clinux_wait(pid_t child, int wait, int *status);

/// Runs a program found in PATH with standard input and output at /dev/null, `quiet`: standard error as well, and default signals; waits
/// for it: its exit code, -1000 minus the signal that killed it.
int clinux_run(char *const *arguments, int quiet);

/// Forks a child that asks for the attributes of an absolute path, or, `of_file_system`, for the totals of the file system there, which are
/// never cached; it writes the errno as one byte to `report` and ends. It may never end, and keeps nothing else open. SIGCHLD is back at
/// its default. Uses async-signal-safe functions only, so that a process with threads may call this.
pid_t clinux_fork_probe(const char *path, int of_file_system, int report);

/// umount2() without following a link at the end of the path; `lazy` detaches a busy mount.
int clinux_unmount(const char *path, int lazy);

/// Opens a path without asking its file system anything: works on a mount whose server is gone. (O_PATH.)
int clinux_open_path(const char *path);

/// Polls up to four descriptors for input or hang-up; a descriptor of -1 is passed over. A bit for each that is ready; 0 after
/// `milliseconds` (-1: none). (POLL… are of another type than pollfd's members.)
int clinux_poll(int first, int second, int third, int fourth, int milliseconds);

/// Opens for reading, without waiting for the writer of a fifo; close-on-exec. (open is variadic.)
int clinux_open_to_read(const char *path);

/// Opens a device for reading and writing; close-on-exec. (open is variadic.)
int clinux_open_device(const char *path);

/// Whether a descriptor is open; it is made close-on-exec. (fcntl is variadic.)
int clinux_set_cloexec(int descriptor);

/// Duplicates a descriptor to a number above those of the standard streams; close-on-exec. (fcntl is variadic.)
int clinux_duplicate(int descriptor);

/// Opens /dev/null for each standard stream that is closed, so that no file takes its number: what is meant for the stream would be written
/// to that file. It is opened the wrong way round, so that who uses the stream still gets EBADF. First thing in a program.
void clinux_ensure_standard_fds(void);

/// Standard input, output and, if asked, error at /dev/null.
void clinux_detach_streams(int standard_error_as_well);

/// Sends one datagram to a service manager's socket: a path, or an abstract name with `@` in front. (sockaddr_un.)
int clinux_notify(const char *address, const char *text);

/// Connects to the system log now, for the facility daemon as "jffs2fuse".
void clinux_open_log(void);

/// One line to the system log; `priority` is LOG_ERR … (syslog is variadic.)
void clinux_log(int priority, const char *text);
