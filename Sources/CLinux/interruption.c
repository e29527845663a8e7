#define _GNU_SOURCE
#include "interruption.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

// SIGUSR1 is what a process in charge passes on: a terminal sends all others to both processes, and the second one of a kind ends them.
static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1};
enum { count = sizeof numbers / sizeof *numbers };

static volatile sig_atomic_t noted;
static volatile sig_atomic_t worker;

static void take_note(int number) {
  int error = errno;
  noted = number;
  if (worker > 0) kill(worker, SIGUSR1);
  errno = error;
}

void clinux_note_interruptions(void) {
  for (int index = 0; index < count; index++) {
    struct sigaction action;
    // What a parent had ignored, as nohup does, stays ignored.
    if (sigaction(numbers[index], NULL, &action) != 0 || action.sa_handler == SIG_IGN)
      continue;
    unsigned once = numbers[index] == SIGUSR1 ? 0 : SA_RESETHAND;
    action = (struct sigaction){.sa_handler = take_note, .sa_flags = (int)(once | SA_RESTART)};
    sigemptyset(&action.sa_mask);
    sigaction(numbers[index], &action, NULL);
  }
}

int clinux_interruption(void) { return noted; }

void clinux_end_by_interruption(void) {
  if (noted == 0)
    return;
  signal(noted, SIG_DFL);
  raise(noted);
}

static void begin_work(pid_t parent) {
  noted = 0;
  for (int index = 0; index < count; index++) {
    struct sigaction action;
    int is_ignored = sigaction(numbers[index], NULL, &action) != 0 || action.sa_handler == SIG_IGN;
    if (!is_ignored || numbers[index] == SIGUSR1)
      signal(numbers[index], SIG_DFL);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
}

pid_t clinux_fork_worker(void) {
  clinux_note_interruptions();
  // Where it is ignored there is not a waiting.
  signal(SIGCHLD, SIG_DFL);
  // Until each of the two knows what to do with them.
  sigset_t interruptions, before;
  sigemptyset(&interruptions);
  for (int index = 0; index < count; index++) sigaddset(&interruptions, numbers[index]);
  sigprocmask(SIG_BLOCK, &interruptions, &before);
  pid_t parent = getpid();
  pid_t child = fork();
  int error = errno;
  if (child == 0) {
    begin_work(parent);
  } else if (child > 0) {
    worker = child;
    if (noted != 0) kill(child, SIGUSR1);
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
  return child < 0 ? -error : child;
}

int clinux_end_work(int status) {
  worker = 0;
  for (int index = 0; index < count; index++)
    if (noted == 0 && status == -numbers[index]) noted = numbers[index];
  return noted;
}
