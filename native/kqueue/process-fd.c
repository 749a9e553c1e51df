/*
 * A kqueue that waits for the end of one process: like a pidfd it can be polled, and watched by another
 * kqueue. Unlike one it does not hold the pid, and reading how the process ended empties it.
 */
#include "kqueue.h"
#include "exit-status.h"
#include "process-fd.h"
#include "wait-set.h"
#include <errno.h>
#include <sys/types.h>
#include <sys/event.h>
#include <sys/time.h>
#include <unistd.h>

/* macOS tells how a process ended to its parent, and to who may signal it; FreeBSD to all, unasked. */
#ifdef NOTE_EXITSTATUS
#define ASK_STATUS NOTE_EXITSTATUS
#define STATUS_OF(event) ((int)((event).data & NOTE_PDATAMASK))
#else
#define ASK_STATUS 0
#define STATUS_OF(event) ((int)(event).data)
#endif

static int watch_end(int queue, pid_t pid, unsigned what) {
  struct kevent end;
  EV_SET(&end, (uintptr_t)pid, EVFILT_PROC, EV_ADD, what, 0, NULL);
  return kevent(queue, &end, 1, NULL, 0, NULL);
}

int daimon_process_fd(pid_t pid) {
  int queue = daimon_wait_set();
  if (queue < 0) return -1;
  /* A process that has ended and was not reaped yet: ESRCH on macOS, an event at once on FreeBSD. */
  if (watch_end(queue, pid, NOTE_EXIT | ASK_STATUS) == 0) return queue;
  if (ASK_STATUS != 0 && (errno == EACCES || errno == EPERM) && watch_end(queue, pid, NOTE_EXIT) == 0) return queue;
  int error = errno;
  close(queue);
  errno = error;
  return -1;
}

static napi_value process_fd(napi_env env, napi_callback_info info) {
  napi_value argument;
  int64_t pid;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &pid)) return NULL;
  int fd = daimon_process_fd((pid_t)pid);
  return fd < 0 ? daimon_throw_errno(env, "kevent", errno) : daimon_int(env, fd);
}

/* undefined: it runs on; null: it has ended, and we are not told how. */
static napi_value take_end(napi_env env, napi_callback_info info) {
  napi_value argument;
  int64_t fd;
  struct kevent end;
  struct timespec now = {0, 0};
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &fd)) return NULL;
  if (kevent((int)fd, NULL, 0, &end, 1, &now) != 1) return daimon_undefined(env);
  if (ASK_STATUS != 0 && (end.fflags & ASK_STATUS) == 0) return daimon_null(env);
  return daimon_exit_status(env, STATUS_OF(end));
}

void daimon_register_process_fds(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"processFd", process_fd},
    {"takeEnd", take_end},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
