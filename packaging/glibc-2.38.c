// What the C library has had since version 2.38, for older ones: a Swift runtime that was built with a newer one calls it. Linked into
// the programs for arm64, whose Swift runtime is Debian sid's.
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t strlcpy(char *to, const char *from, size_t capacity) {
  size_t length = strlen(from);
  if (capacity > 0) {
    size_t copied = length < capacity ? length : capacity - 1;
    memcpy(to, from, copied);
    to[copied] = 0;
  }
  return length;
}

// Those of C23 also take binary numbers, which the runtime does not pass.
long __isoc23_strtol(const char *text, char **end, int base) { return strtol(text, end, base); }

long long __isoc23_strtoll(const char *text, char **end, int base) { return strtoll(text, end, base); }

int __isoc23_sscanf(const char *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int count = vsscanf(text, format, arguments);
  va_end(arguments);
  return count;
}
