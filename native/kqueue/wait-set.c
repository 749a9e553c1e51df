/* See wait-set.h. kqueue(2) */
#include "daimon.h"
#include "wait-set.h"
#include <fcntl.h>
#include <sys/types.h>
#include <sys/event.h>
#include <sys/time.h>
#include <unistd.h>

#define MOST 64

static int change(int set, int fd, uint16_t flags, uint64_t name) {
  struct kevent event;
  EV_SET(&event, (uintptr_t)fd, EVFILT_READ, flags, 0, 0, (void *)(uintptr_t)name);
  return kevent(set, &event, 1, NULL, 0, NULL);
}

int daimon_wait_set(void) {
  int set = kqueue(); /* fork(2) does not hand it down */
  if (set >= 0) fcntl(set, F_SETFD, FD_CLOEXEC);
  return set;
}

int daimon_wait_add(int set, int fd, wait_kind kind, uint64_t name) {
  uint16_t how = kind == WAIT_ONCE ? EV_ONESHOT : kind == WAIT_NEWS ? EV_CLEAR : 0;
  return change(set, fd, EV_ADD | how, name);
}

void daimon_wait_remove(int set, int fd) { change(set, fd, EV_DELETE, 0); }

int daimon_wait(int set, uint64_t *names, int most, int timeout_ms) {
  struct kevent events[MOST];
  struct timespec limit = {timeout_ms / 1000, (long)(timeout_ms % 1000) * 1000000};
  int count = kevent(set, NULL, 0, events, most < MOST ? most : MOST, timeout_ms < 0 ? NULL : &limit);
  for (int i = 0; i < count; i++) names[i] = (uint64_t)(uintptr_t)events[i].udata;
  return count;
}
