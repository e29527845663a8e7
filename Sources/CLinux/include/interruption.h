// Ending on Ctrl-C without half-written files: a handler that only takes note.
#pragma once

/// From here on the first SIGINT, SIGTERM, SIGHUP or SIGPIPE is noted; a second one ends the process as usual. (Handlers
/// have to be C functions that touch a volatile variable only.)
void clinux_note_interruptions(void);

/// The number of the signal that was noted, or 0.
int clinux_interruption(void);

/// Ends the process by the signal that was noted, so that a calling shell sees it. Returns only if none was.
void clinux_end_by_interruption(void);
