/*
 * What a process in the foreground needs: every signal of its own to pass on, and job control.
 *
 * A handler writes each arrival into a pipe. EVFILT_SIGNAL of kqueue(2) would not do: it does not tell who
 * sent a signal, and the default action would still be taken. Two threads that each run a handler may
 * change the order of a burst.
 */
#include "kqueue.h"
#include "descriptors.h"
#include "signal-origin.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#define BATCH 64

typedef struct { int32_t number; int32_t own; } arrival;

static int arrivals[2] = {-1, -1};
static _Atomic int continued;

static void on_signal(int number, siginfo_t *info, void *context) {
  (void)context;
  int error = errno;
  if (is_own_fault(number, info)) {
    signal(number, SIG_DFL); /* and it comes again */
    errno = error;
    return;
  }
  if (number == SIGCONT) atomic_fetch_add(&continued, 1);
  arrival one = {number, is_sent(info) && info->si_pid == getpid()};
  ssize_t written;
  do written = write(arrivals[1], &one, sizeof one);
  while (written < 0 && errno == EINTR); /* EAGAIN: thousands wait already */
  errno = error;
}

static napi_value capture_signals(napi_env env, napi_callback_info info) {
  napi_value numbers, item;
  uint32_t count = 0;
  int64_t number;
  daimon_arguments(env, info, &numbers, 1);
  napi_get_array_length(env, numbers, &count);
  if (arrivals[0] < 0 && daimon_pipe(arrivals, true) < 0) return daimon_throw_errno(env, "pipe", errno);
  struct sigaction ours = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigfillset(&ours.sa_mask);
  for (uint32_t i = 0; i < count; i++) {
    napi_get_element(env, numbers, i, &item);
    if (!daimon_get_int(env, item, &number)) return NULL;
    if (sigaction((int)number, &ours, NULL) < 0 && errno != EINVAL) return daimon_throw_errno(env, "sigaction", errno);
  }
  /* The caller closes what it gets; the handlers stay. */
  int copy = fcntl(arrivals[0], F_DUPFD_CLOEXEC, 3);
  return copy < 0 ? daimon_throw_errno(env, "fcntl", errno) : daimon_int(env, copy);
}

static napi_value take_signals(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  int64_t fd;
  uint32_t taken = 0;
  arrival batch[BATCH];
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &fd)) return NULL;
  napi_create_array(env, &result);
  for (;;) {
    ssize_t got = read((int)fd, batch, sizeof batch);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != EAGAIN) return daimon_throw_errno(env, "read", errno);
    if (got <= 0) return result;
    for (size_t i = 0; i < (size_t)got / sizeof *batch; i++) {
      napi_value signal, own;
      napi_create_object(env, &signal);
      daimon_set(env, signal, "number", daimon_int(env, batch[i].number));
      napi_get_boolean(env, batch[i].own != 0, &own);
      daimon_set(env, signal, "own", own);
      napi_set_element(env, result, taken++, signal);
    }
  }
}

/*
 * By the default action for a moment: the kernel decides whether we may stop. It does not in an orphaned
 * process group, where nobody would continue us. POSIX.1-2024 XSH 2.4.3
 */
static napi_value suspend(napi_env env, napi_callback_info info, pid_t whom) {
  napi_value argument, result;
  int64_t number;
  struct sigaction stop = {.sa_handler = SIG_DFL}, before;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &number)) return NULL;
  sigemptyset(&stop.sa_mask);
  int seen = atomic_load(&continued);
  if (sigaction((int)number, &stop, &before) < 0) return daimon_throw_errno(env, "sigaction", errno);
  int failed = kill(whom, (int)number) < 0 ? errno : 0;
  sigaction((int)number, &before, NULL);
  if (failed != 0) return daimon_throw_errno(env, "kill", failed);
  napi_get_boolean(env, atomic_load(&continued) != seen, &result);
  return result;
}

static napi_value suspend_self(napi_env env, napi_callback_info info) { return suspend(env, info, getpid()); }

static napi_value suspend_group(napi_env env, napi_callback_info info) { return suspend(env, info, 0); }

void daimon_register_foreground(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"captureSignals", capture_signals},
    {"takeSignals", take_signals},
    {"suspendSelf", suspend_self},
    {"suspendGroup", suspend_group},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
