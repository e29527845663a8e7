// libFuzzer's entry points, which Swift cannot declare: the driver that `main` calls, and the function that it calls for each input.
#pragma once
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *_Nonnull bytes, size_t count);

int LLVMFuzzerRunDriver(int *_Nonnull argc, char *_Nullable *_Nonnull *_Nonnull argv,
                        int (*_Nonnull test)(const uint8_t *_Nonnull bytes, size_t count));
