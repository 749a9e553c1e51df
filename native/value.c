/* JavaScript values and errors for C: the small helpers that every file of the addon uses. */
#include "daimon.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void daimon_set(napi_env env, napi_value object, const char *name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

napi_value daimon_int(napi_env env, int64_t value) {
  napi_value result;
  napi_create_int64(env, value, &result);
  return result;
}

napi_value daimon_string(napi_env env, const char *text) {
  napi_value result;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result);
  return result;
}

napi_value daimon_undefined(napi_env env) {
  napi_value result;
  napi_get_undefined(env, &result);
  return result;
}

napi_value daimon_null(napi_env env) {
  napi_value result;
  napi_get_null(env, &result);
  return result;
}

size_t daimon_arguments(napi_env env, napi_callback_info info, napi_value *values, size_t max) {
  size_t count = max;
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  return count;
}

bool daimon_get_int(napi_env env, napi_value value, int64_t *result) {
  if (napi_get_value_int64(env, value, result) == napi_ok) return true;
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "daimon native: a number was expected");
  return false;
}

bool daimon_get_string(napi_env env, napi_value value, char **result) {
  size_t length;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "daimon native: a string was expected");
    return false;
  }
  char *text = malloc(length + 1);
  if (text == NULL) {
    daimon_throw_errno(env, "malloc", ENOMEM);
    return false;
  }
  napi_get_value_string_utf8(env, value, text, length + 1, &length);
  if (strlen(text) != length) {
    free(text);
    napi_throw_type_error(env, "ERR_INVALID_ARG_VALUE", "daimon native: a string without NUL was expected");
    return false;
  }
  *result = text;
  return true;
}

#define NAME(code) \
  case code:       \
    return #code;

const char *daimon_errno_name(int error_number) {
  switch (error_number) {
    NAME(E2BIG) NAME(EACCES) NAME(EADDRINUSE) NAME(EADDRNOTAVAIL) NAME(EAGAIN) NAME(EBADF)
    NAME(EBUSY) NAME(ECHILD) NAME(ECONNREFUSED) NAME(ECONNRESET) NAME(EDEADLK) NAME(EDQUOT)
    NAME(EEXIST) NAME(EFAULT) NAME(EFBIG) NAME(EINTR) NAME(EINVAL) NAME(EIO) NAME(EISDIR)
    NAME(ELOOP) NAME(EMFILE) NAME(EMSGSIZE) NAME(ENAMETOOLONG) NAME(ENFILE) NAME(ENODEV)
    NAME(ENOENT) NAME(ENOEXEC) NAME(ENOLCK) NAME(ENOMEM) NAME(ENOSPC) NAME(ENOSYS)
    NAME(ENOTCONN) NAME(ENOTDIR) NAME(ENOTSOCK) NAME(ENOTTY) NAME(ENXIO) NAME(EOVERFLOW)
    NAME(EPERM) NAME(EPIPE) NAME(EPROTO) NAME(EROFS) NAME(ESPIPE) NAME(ESRCH) NAME(ETIMEDOUT)
    NAME(ETXTBSY) NAME(EXDEV) NAME(ENOTSUP) NAME(EUSERS) NAME(ELIBBAD) NAME(ESTALE)
    default:
      return "UNKNOWN";
  }
}

napi_value daimon_throw_errno(napi_env env, const char *syscall_name, int error_number) {
  const char *name = daimon_errno_name(error_number);
  char message[160];
  size_t used = 0;
  for (const char *part[] = {name, ": ", strerror(error_number), ", ", syscall_name, NULL}, **p = part; *p; p++)
    for (const char *c = *p; *c && used < sizeof message - 1; c++) message[used++] = *c;
  message[used] = '\0';
  napi_value error;
  napi_create_error(env, daimon_string(env, name), daimon_string(env, message), &error);
  daimon_set(env, error, "errno", daimon_int(env, error_number));
  daimon_set(env, error, "syscall", daimon_string(env, syscall_name));
  napi_throw(env, error);
  return NULL;
}

void daimon_export(napi_env env, napi_value exports, const daimon_function *table, size_t count) {
  for (size_t i = 0; i < count; i++) {
    napi_value function;
    napi_create_function(env, table[i].name, NAPI_AUTO_LENGTH, table[i].call, NULL, &function);
    daimon_set(env, exports, table[i].name, function);
  }
}
