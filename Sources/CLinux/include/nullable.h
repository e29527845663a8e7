#pragma once

/// Pointers to bytes of which there may be none, and to those of which there are some. Swift 6.2 unwraps the pointer of an empty span,
/// which is NULL, unless it is nullable; Swift 6.3.1 crashes in release builds if it is.
#if __clang_major__ < 21 // Swift 6.2
#define CLINUX_NULLABLE _Nullable
#define CLINUX_NONNULL _Nonnull
#else
#define CLINUX_NULLABLE
#define CLINUX_NONNULL
#endif
