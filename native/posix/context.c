/* What a running process changes about itself: DaemonContext without a launch. */
#include "daimon.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static napi_value redirect_fd(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t from, to;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &from) || !daimon_get_int(env, arguments[1], &to)) return NULL;
  if (dup2((int)from, (int)to) < 0) return daimon_throw_errno(env, "dup2", errno);
  return daimon_undefined(env);
}

static napi_value change_root(napi_env env, napi_callback_info info) {
  napi_value argument;
  char *path;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_string(env, argument, &path)) return NULL;
  int error = chroot(path) < 0 ? errno : 0;
  free(path);
  return error != 0 ? daimon_throw_errno(env, "chroot", error) : daimon_undefined(env);
}

static napi_value forbid_core(napi_env env, napi_callback_info info) {
  (void)info;
  struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) < 0) return daimon_throw_errno(env, "setrlimit", errno);
  return daimon_undefined(env);
}

void daimon_register_context(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"redirectFd", redirect_fd},
    {"changeRoot", change_root},
    {"forbidCore", forbid_core},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
