/* File descriptors. */
#include "daimon.h"
#include "descriptors.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static napi_value close_fd(napi_env env, napi_callback_info info) {
  int64_t fd;
  if (!daimon_get_only_int(env, info, &fd)) return NULL;
  if (close((int)fd) < 0) return daimon_throw_errno(env, "close", errno);
  return daimon_undefined(env);
}

static napi_value duplicate_fd(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t fd, minimum;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &fd) || !daimon_get_int(env, arguments[1], &minimum)) return NULL;
  int copy = fcntl((int)fd, F_DUPFD_CLOEXEC, (int)minimum);
  return copy < 0 ? daimon_throw_errno(env, "fcntl(F_DUPFD_CLOEXEC)", errno) : daimon_int(env, copy);
}

static napi_value set_close_on_exec(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t fd;
  bool on = true;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &fd)) return NULL;
  napi_get_value_bool(env, arguments[1], &on);
  if (fcntl((int)fd, F_SETFD, on ? FD_CLOEXEC : 0) < 0) return daimon_throw_errno(env, "fcntl(F_SETFD)", errno);
  return daimon_undefined(env);
}

static napi_value read_fd(napi_env env, napi_callback_info info) {
  napi_value arguments[3], result;
  int64_t fd, length, position;
  void *content;
  daimon_arguments(env, info, arguments, 3);
  if (!daimon_get_int(env, arguments[0], &fd) || !daimon_get_int(env, arguments[1], &length)) return NULL;
  if (!daimon_get_int(env, arguments[2], &position)) return NULL;
  char *buffer = malloc(length > 0 ? (size_t)length : 1);
  if (buffer == NULL) return daimon_throw_errno(env, "malloc", ENOMEM);
  ssize_t got;
  do got = position < 0 ? read((int)fd, buffer, (size_t)length) : pread((int)fd, buffer, (size_t)length, position);
  while (got < 0 && errno == EINTR);
  int error = errno;
  if (got >= 0) napi_create_buffer_copy(env, (size_t)got, buffer, &content, &result);
  free(buffer);
  return got < 0 ? daimon_throw_errno(env, "read", error) : result;
}

int daimon_write_whole(int fd, const char *text) {
  size_t length = strlen(text), done = 0;
  while (done < length) {
    ssize_t written = write(fd, text + done, length - done);
    if (written >= 0) done += (size_t)written;
    else if (errno == EAGAIN) poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
    else if (errno != EINTR) return -1;
  }
  return 0;
}

static napi_value write_fd(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t fd;
  char *text;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &fd) || !daimon_get_string(env, arguments[1], &text)) return NULL;
  int error = daimon_write_whole((int)fd, text) < 0 ? errno : 0;
  free(text);
  return error != 0 ? daimon_throw_errno(env, "write", error) : daimon_undefined(env);
}

static napi_value pipe_(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  int ends[2];
  if (daimon_pipe(ends, false) < 0) return daimon_throw_errno(env, "pipe", errno);
  napi_create_object(env, &result);
  daimon_set(env, result, "read", daimon_int(env, ends[0]));
  daimon_set(env, result, "write", daimon_int(env, ends[1]));
  return result;
}

void daimon_register_files(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"closeFd", close_fd},
    {"duplicateFd", duplicate_fd},
    {"setCloseOnExec", set_close_on_exec},
    {"readFd", read_fd},
    {"writeFd", write_fd},
    {"pipe", pipe_},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
