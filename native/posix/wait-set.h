/* Waiting for descriptors: linux/wait-set.c (epoll), kqueue/wait-set.c. -1 with errno on failure. */
#ifndef DAIMON_WAIT_SET_H
#define DAIMON_WAIT_SET_H

#include <stdint.h>

typedef enum {
  WAIT_ONCE,   /* told once, then no more until it is added again */
  WAIT_ALWAYS, /* told as long as it is readable */
  WAIT_NEWS,   /* told once for what is there, then for each thing that comes */
} wait_kind;

/* A descriptor of its own, CLOEXEC. */
int daimon_wait_set(void);
/* `name` is what daimon_wait() tells when `fd` is readable. */
int daimon_wait_add(int set, int fd, wait_kind kind, uint64_t name);
/* To be called before `fd` is closed. */
void daimon_wait_remove(int set, int fd);
/* At most `most` (and 64) names; -1 for `timeout_ms` is for ever. EINTR like any other failure. */
int daimon_wait(int set, uint64_t *names, int most, int timeout_ms);

#endif
