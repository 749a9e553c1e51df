/* Processes of the system: signals, ends. */
#include "daimon.h"
#include "exit-status.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

static napi_value kill_(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t pid, number;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &pid) || !daimon_get_int(env, arguments[1], &number)) return NULL;
  if (kill((pid_t)pid, (int)number) < 0) return daimon_throw_errno(env, "kill", errno);
  return daimon_undefined(env);
}

napi_value daimon_exit_status(napi_env env, int status) {
  napi_value result;
  napi_create_object(env, &result);
  bool signaled = WIFSIGNALED(status);
  daimon_set(env, result, "exitCode", WIFEXITED(status) ? daimon_int(env, WEXITSTATUS(status)) : daimon_null(env));
  daimon_set(env, result, "signal", signaled ? daimon_int(env, WTERMSIG(status)) : daimon_null(env));
  return result;
}

static napi_value reap(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  int64_t pid;
  int status;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &pid)) return NULL;
  pid_t got = waitpid((pid_t)pid, &status, WNOHANG | WUNTRACED);
  if (got <= 0) return daimon_null(env);
  result = daimon_exit_status(env, status);
  daimon_set(env, result, "pid", daimon_int(env, got));
  daimon_set(env, result, "stopSignal", WIFSTOPPED(status) ? daimon_int(env, WSTOPSIG(status)) : daimon_null(env));
  return result;
}

static napi_value poll_readable(napi_env env, napi_callback_info info) {
  napi_value arguments[2], item;
  int64_t timeout, fd;
  uint32_t count = 0;
  struct pollfd watched[64];
  daimon_arguments(env, info, arguments, 2);
  napi_get_array_length(env, arguments[0], &count);
  if (count > 64) return daimon_throw_errno(env, "poll", EINVAL);
  for (uint32_t i = 0; i < count; i++) {
    napi_get_element(env, arguments[0], i, &item);
    if (!daimon_get_int(env, item, &fd)) return NULL;
    watched[i] = (struct pollfd){.fd = (int)fd, .events = POLLIN};
  }
  if (!daimon_get_int(env, arguments[1], &timeout)) return NULL;
  int ready = poll(watched, count, (int)timeout);
  if (ready < 0 && errno != EINTR) return daimon_throw_errno(env, "poll", errno);
  for (uint32_t i = 0; ready > 0 && i < count; i++)
    if (watched[i].revents != 0) return daimon_int(env, i);
  return daimon_int(env, -1);
}

static napi_value exit_now(napi_env env, napi_callback_info info) {
  napi_value argument;
  int64_t status;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &status)) return NULL;
  _exit((int)status);
}

static napi_value random_number(napi_env env, napi_callback_info info) {
  (void)info;
  uint64_t bits;
  napi_value result;
  if (getentropy(&bits, sizeof bits) < 0) return daimon_throw_errno(env, "getentropy", errno);
  napi_create_bigint_uint64(env, bits, &result);
  return result;
}

void daimon_register_process(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"kill", kill_},
    {"reap", reap},
    {"pollReadable", poll_readable},
    {"exitNow", exit_now},
    {"randomNumber", random_number},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
