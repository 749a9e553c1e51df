/* Processes by pidfd. pidfd_open(2) */
#include "linux.h"
#include "exit-status.h"
#include "process-fd.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

int daimon_process_fd(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

static napi_value pidfd_open_(napi_env env, napi_callback_info info) {
  napi_value argument;
  int64_t pid;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &pid)) return NULL;
  int fd = daimon_process_fd((pid_t)pid);
  return fd < 0 ? daimon_throw_errno(env, "pidfd_open", errno) : daimon_int(env, fd);
}

static napi_value pidfd_signal(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t fd, number;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &fd) || !daimon_get_int(env, arguments[1], &number)) return NULL;
  if (syscall(SYS_pidfd_send_signal, (int)fd, (int)number, NULL, 0) < 0)
    return daimon_throw_errno(env, "pidfd_send_signal", errno);
  return daimon_undefined(env);
}

/* linux/pidfd.h of 6.15; written here because older headers build us. */
struct daimon_pidfd_info {
  uint64_t mask, cgroupid;
  uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
  int32_t exit_code;
  uint32_t coredump_mask, spare;
};
#define DAIMON_PIDFD_INFO_EXIT (1u << 3)
#define DAIMON_PIDFD_GET_INFO _IOWR(0xFF, 11, struct daimon_pidfd_info)

/* A zombie still shows its status: field 3 is 'Z' and field 52, the last, the code. proc_pid_stat(5). */
static bool zombie_status(int64_t pid, int *status) {
  char path[40], text[1024];
  snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t got = read(file, text, sizeof text - 1);
  close(file);
  if (got <= 0) return false;
  text[got] = '\0';
  const char *state = strrchr(text, ')'), *last = strrchr(text, ' ');
  if (state == NULL || last < state || strncmp(state, ") Z ", 4) != 0) return false;
  *status = (int)strtol(last, NULL, 10);
  return true;
}

/*
 * The kernel tells the status once the parent has reaped (6.15); until then the zombie does. Between
 * the two looks the parent may reap, so look twice.
 */
static napi_value pidfd_exit_status(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t fd, pid;
  int status;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &fd) || !daimon_get_int(env, arguments[1], &pid)) return NULL;
  for (int look = 0; look < 2; look++) {
    struct daimon_pidfd_info facts = {.mask = DAIMON_PIDFD_INFO_EXIT};
    if (ioctl((int)fd, DAIMON_PIDFD_GET_INFO, &facts) == 0 && (facts.mask & DAIMON_PIDFD_INFO_EXIT))
      return daimon_exit_status(env, facts.exit_code);
    if (zombie_status(pid, &status)) return daimon_exit_status(env, status);
  }
  return daimon_null(env);
}

/* PIDFD_INFO_EXIT came with 6.15; 6.13 has the same ioctl, without it. */
static napi_value tells_ends_to_all(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  struct utsname system;
  unsigned major = 0, minor = 0;
  if (uname(&system) == 0) {
    char *rest = system.release;
    major = (unsigned)strtoul(rest, &rest, 10);
    if (*rest == '.') minor = (unsigned)strtoul(rest + 1, NULL, 10);
  }
  napi_get_boolean(env, major > 6 || (major == 6 && minor >= 15), &result);
  return result;
}

static napi_value set_subreaper(napi_env env, napi_callback_info info) {
  napi_value argument;
  bool on = false;
  daimon_arguments(env, info, &argument, 1);
  napi_get_value_bool(env, argument, &on);
  if (prctl(PR_SET_CHILD_SUBREAPER, on, 0, 0, 0) < 0) return daimon_throw_errno(env, "prctl", errno);
  return daimon_undefined(env);
}

void daimon_register_pidfds(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"pidfdOpen", pidfd_open_},
    {"pidfdSignal", pidfd_signal},
    {"pidfdExitStatus", pidfd_exit_status},
    {"tellsEndsToAll", tells_ends_to_all},
    {"setSubreaper", set_subreaper},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
