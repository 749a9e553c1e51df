/* A Node-API whose values are made of the fuzzer's bytes: whatever is asked for is whatever comes next. */
#ifndef FUZZ_VALUES_H
#define FUZZ_VALUES_H

#include "daimon.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(fact) \
  do               \
    if (!(fact)) fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #fact), abort(); \
  while (0)

/* Values live until the next call; no exception is pending. */
void values_from(const uint8_t *bytes, size_t count);
void values_forget(void);

uint8_t next_byte(void);
/* What is left; at most `most`. */
size_t next_bytes(char *to, size_t most);
bool exception_pending(void);
/* The next call's first argument. */
void hand_out(napi_value argument);

/* What each harness has. */
void fuzz_one(const uint8_t *bytes, size_t count);

#endif
