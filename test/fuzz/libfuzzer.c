/* With clang: guided by coverage. */
#include "values.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  fuzz_one(bytes, count);
  return 0;
}
