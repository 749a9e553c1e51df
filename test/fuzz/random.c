/* With any compiler: RUNS inputs of a SEED, always the same. None may leave anything allocated. */
#include "values.h"

/* sanitizer/allocator_interface.h, which only clang brings along. */
size_t __sanitizer_get_current_allocated_bytes(void);

static uint64_t state;

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled". */
static uint32_t draw(void) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (uint32_t)(state * 0x2545F4914F6CDD1DULL >> 32);
}

int main(int count, char **words) {
  static uint8_t bytes[6000];
  MUST(count == 3);
  long runs = strtol(words[1], NULL, 10);
  for (long run = 0; run < runs; run++) {
    state = (uint64_t)strtoull(words[2], NULL, 10) * 1000003 + (uint64_t)run + 1;
    for (int i = 0; i < 8; i++) draw();
    size_t length = draw() % (draw() % 8 == 0 ? sizeof bytes : 300);
    for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)draw();
    size_t before = __sanitizer_get_current_allocated_bytes();
    fuzz_one(bytes, length);
    if (__sanitizer_get_current_allocated_bytes() != before) {
      fprintf(stderr, "run %ld of seed %s has left memory behind\n", run, words[2]);
      return 1;
    }
  }
  printf("%ld inputs\n", runs);
}
