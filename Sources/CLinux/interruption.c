#include "interruption.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t noted;

static void take_note(int number) { noted = number; }

void clinux_note_interruptions(void) {
  static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
  for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++) {
    struct sigaction action;
    // What a parent had ignored, as nohup does, stays ignored.
    if (sigaction(numbers[index], NULL, &action) != 0 || action.sa_handler == SIG_IGN)
      continue;
    action = (struct sigaction){.sa_handler = take_note, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
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
