/* errno as JavaScript errors. */
#include "daimon.h"
#include <errno.h>
#include <string.h>

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
    NAME(ETXTBSY) NAME(EXDEV) NAME(ENOTSUP) NAME(EUSERS) NAME(ESTALE) NAME(ENOBUFS) NAME(ENOPROTOOPT)
    NAME(EPROTOTYPE) NAME(EPROTONOSUPPORT) NAME(EAFNOSUPPORT)
#ifdef ELIBBAD
    NAME(ELIBBAD)
#endif
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
