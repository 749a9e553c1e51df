/* Where a signal comes from: si_code of sigaction(2), whose numbers every system has chosen for itself. */
#ifndef DAIMON_SIGNAL_ORIGIN_H
#define DAIMON_SIGNAL_ORIGIN_H

#include <signal.h>
#include <stdbool.h>

#if defined(__linux__)
/* What another process or we ourselves sent is 0 or less. */
static inline bool is_raised_by_kernel(const siginfo_t *info) { return info->si_code > 0; }
static inline bool is_sent(const siginfo_t *info) {
  return info->si_code == SI_USER || info->si_code == SI_QUEUE || info->si_code == SI_TKILL;
}
#else
/* The BSDs count the senders from 0x10001 on, and the causes of a fault from 1. macOS gives 0 for kill(2) at times. */
#define FIRST_SENDER 0x10000
static inline bool is_raised_by_kernel(const siginfo_t *info) {
  return info->si_code > 0 && info->si_code < FIRST_SENDER;
}
static inline bool is_sent(const siginfo_t *info) {
  return info->si_signo != SIGCHLD && !is_raised_by_kernel(info) && info->si_pid > 0;
}
#endif

/* A fault of the program itself comes back for ever if its handler returns: hand it to the system. */
static inline bool is_own_fault(int number, const siginfo_t *info) {
  bool may_be = number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL;
  return may_be && is_raised_by_kernel(info);
}

#endif
