/*
 * What is handed to a new process: a file without a name, opened for reading only, so that nobody can
 * change it. memfd_create(2) is not on macOS, and FreeBSD's shows a link count that is not 0.
 */
#include "kqueue.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int write_all(int fd, const char *content, size_t length) {
  for (size_t done = 0; done < length;) {
    ssize_t written = write(fd, content + done, length - done);
    if (written < 0 && errno != EINTR) return -1;
    if (written > 0) done += (size_t)written;
  }
  return 0;
}

static int unnamed_file(const char *content, size_t length) {
  char path[] = "/tmp/daimon-XXXXXXXXXX";
  int file = mkstemp(path); /* 0600 */
  if (file < 0) return -1;
  int reading = write_all(file, content, length) < 0 ? -1 : open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  int error = errno;
  unlink(path);
  close(file);
  errno = error;
  return reading;
}

static napi_value sealed_memory(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  void *content;
  size_t length;
  daimon_arguments(env, info, arguments, 2);
  if (napi_get_typedarray_info(env, arguments[1], NULL, &length, &content, NULL, NULL) != napi_ok) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "daimon native: bytes were expected");
    return NULL;
  }
  int fd = unnamed_file(content, length);
  return fd < 0 ? daimon_throw_errno(env, "mkstemp", errno) : daimon_int(env, fd);
}

/* Connections that wait in a listening socket's queue are reset when it closes: there is no filter for new ones. */
static napi_value drop_new_connections(napi_env env, napi_callback_info info) {
  (void)info;
  return daimon_undefined(env);
}

void daimon_register_memory(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"sealedMemory", sealed_memory},
    {"dropNewConnections", drop_new_connections},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
