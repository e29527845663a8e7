// Ending on Ctrl-C without half-written files: a handler that only takes note, in one process or in two.
#pragma once
#include <sys/types.h>

/// From here on the first SIGINT, SIGTERM, SIGHUP or SIGPIPE, or any SIGUSR1, is noted; a second one ends the process as usual. (Handlers
/// have to be C functions that touch a volatile variable only.)
void clinux_install_signal_handlers(void);

/// The number of the signal that was noted, or 0.
int clinux_interruption(void);

/// Ends the process by the signal that was noted, so that a calling shell sees it. Returns only if none was.
void clinux_reraise_signal(void);

/// Forks a process whose work this one waits for with clinux_wait: its number, 0 in that process, or -errno. Only for a process with one
/// thread. From here on interruptions are noted and passed on; the worker ends by them, and with this process.
pid_t clinux_fork_worker(void);

/// Waits for the worker as clinux_wait does. Interruptions are no longer passed on once it has ended.
int clinux_wait_for_worker(pid_t child, int *status);

/// Records how the worker ended, as returned by clinux_wait: the number of the signal that interrupted either of the two, or 0.
int clinux_end_work(int status);
