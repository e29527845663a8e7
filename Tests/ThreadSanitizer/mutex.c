// Annotates contended uses of Swift's Mutex for ThreadSanitizer: that part is in the standard library, which is built
// without the sanitizer, so data guarded by a contended Mutex would be reported as a race. What is annotated are the two
// functions of the library, in every program of a sanitized build; Scripts/test-sanitized links this file in.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define SWIFT_METHOD __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

// Synchronization._MutexHandle._lockSlow(_:): the lock is held when it returns.
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
SWIFT_METHOD void lock_slow(uint32_t thread, SELF) __asm__(LOCK_SLOW);
SWIFT_METHOD void lock_slow(uint32_t thread, SELF) {
  SWIFT_METHOD void (*original)(uint32_t, SELF) = dlsym(RTLD_NEXT, LOCK_SLOW);
  original(thread, self);
  __tsan_acquire(self);
}

// Synchronization._MutexHandle._unlockSlow(): passes the lock to a waiting thread.
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
SWIFT_METHOD void unlock_slow(SELF) __asm__(UNLOCK_SLOW);
SWIFT_METHOD void unlock_slow(SELF) {
  SWIFT_METHOD void (*original)(SELF) = dlsym(RTLD_NEXT, UNLOCK_SLOW);
  __tsan_release(self);
  original(self);
}
