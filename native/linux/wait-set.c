/* See wait-set.h. epoll(7) */
#include "wait-set.h"
#include <stddef.h>
#include <sys/epoll.h>

#define MOST 64

int daimon_wait_set(void) { return epoll_create1(EPOLL_CLOEXEC); }

int daimon_wait_add(int set, int fd, wait_kind kind, uint64_t name) {
  uint32_t how = kind == WAIT_ONCE ? EPOLLONESHOT : kind == WAIT_NEWS ? EPOLLET : 0;
  struct epoll_event event = {.events = EPOLLIN | how, .data.u64 = name};
  return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

void daimon_wait_remove(int set, int fd) { epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL); }

int daimon_wait(int set, uint64_t *names, int most, int timeout_ms) {
  struct epoll_event events[MOST];
  int count = epoll_wait(set, events, most < MOST ? most : MOST, timeout_ms);
  for (int i = 0; i < count; i++) names[i] = events[i].data.u64;
  return count;
}
