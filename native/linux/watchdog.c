/*
 * The watchdog: ends a program's children when the program is gone without having done so, for
 * example after SIGKILL. PR_SET_PDEATHSIG is not enough: it reaches direct children only, is
 * dropped when a child gains privileges, and fires when the forking *thread* ends; prctl(2).
 *
 * The addon itself is the executable: a shared object without PT_INTERP that the kernel starts at
 * its entry point (see build-native). No C library is loaded and no relocation done, which is why
 * family.c is written as it is; the process takes about 100 KB. It sleeps in one poll(2) until the
 * pidfd of the program, its fd 3, says that the program has ended.
 */
#include "family.h"
#include "raw.h"
#include <asm/unistd.h>
#include <stddef.h>

#define WATCHED_FD 3
#define POLLIN 1
#define SIG_BLOCK 0
#define PR_SET_NAME 15

struct poll_entry { int fd; short events, revents; };

#if defined(__x86_64__)
__asm__(".text\n.globl daimon_watchdog_entry\n.hidden daimon_watchdog_entry\n"
        ".type daimon_watchdog_entry,@function\n"
        "daimon_watchdog_entry:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall daimon_watchdog\n");
#elif defined(__aarch64__)
__asm__(".text\n.globl daimon_watchdog_entry\n.hidden daimon_watchdog_entry\n"
        ".type daimon_watchdog_entry,@function\n"
        "daimon_watchdog_entry:\n\tmov x0, sp\n\tbl daimon_watchdog\n");
#endif

/* `stack` as execve(2) leaves it: the number of arguments, then their addresses. */
__attribute__((used, visibility("hidden"), noreturn)) void daimon_watchdog(const long *stack) {
  uint64_t family = 0, every_signal = ~(uint64_t)0;
  const char *argument = stack[0] > 1 ? (const char *)stack[2] : "";
  for (; *argument >= '0' && *argument <= '9'; argument++) family = family * 10 + (uint64_t)(*argument - '0');
  /* A signal to the whole group or control group is meant for the program; its end wakes us. */
  raw(__NR_rt_sigprocmask, SIG_BLOCK, (long)&every_signal, 0, 8, 0);
  raw(__NR_prctl, PR_SET_NAME, (long)"daimon-watchdog", 0, 0, 0);
  struct poll_entry watched = {WATCHED_FD, POLLIN, 0};
  while (raw(__NR_ppoll, (long)&watched, 1, 0, 0, 8) <= 0) {}
  daimon_end_family(family);
  for (;;) raw(__NR_exit_group, 0, 0, 0, 0, 0);
}
