/* The terminal: whose turn it is, and how it treats its input and output. */
#include "daimon.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

static napi_value own_group(napi_env env, napi_callback_info info) {
  (void)info;
  return daimon_int(env, getpgrp());
}

static napi_value terminal_group(napi_env env, napi_callback_info info) {
  napi_value argument;
  int64_t fd;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &fd)) return NULL;
  return daimon_int(env, tcgetpgrp((int)fd));
}

static napi_value set_terminal_group(napi_env env, napi_callback_info info) {
  napi_value arguments[2], result;
  int64_t fd, group;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &fd) || !daimon_get_int(env, arguments[1], &group)) return NULL;
  /* From the background this raises SIGTTOU, unless it is blocked. tcsetpgrp(3). */
  sigset_t ttou, before;
  sigemptyset(&ttou);
  sigaddset(&ttou, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &ttou, &before);
  bool done = tcsetpgrp((int)fd, (pid_t)group) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  napi_get_boolean(env, done, &result);
  return result;
}

/* struct termios as it is: only to be given back. */
static napi_value terminal_modes(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  int64_t fd;
  struct termios modes;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &fd)) return NULL;
  if (tcgetattr((int)fd, &modes) < 0) return daimon_throw_errno(env, "tcgetattr", errno);
  napi_create_buffer_copy(env, sizeof modes, &modes, NULL, &result);
  return result;
}

static napi_value set_terminal_modes(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t fd;
  void *modes;
  size_t bytes;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &fd)) return NULL;
  if (napi_get_buffer_info(env, arguments[1], &modes, &bytes) != napi_ok || bytes != sizeof(struct termios))
    return daimon_throw_errno(env, "tcsetattr", EINVAL);
  if (tcsetattr((int)fd, TCSANOW, modes) < 0) return daimon_throw_errno(env, "tcsetattr", errno);
  return daimon_undefined(env);
}

void daimon_register_terminal(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"ownGroup", own_group},
    {"terminalGroup", terminal_group},
    {"setTerminalGroup", set_terminal_group},
    {"terminalModes", terminal_modes},
    {"setTerminalModes", set_terminal_modes},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
