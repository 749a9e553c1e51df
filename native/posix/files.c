/* File descriptors and the lock that tells who the daemon is. */
#include "daimon.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

static napi_value boolean(napi_env env, bool value) {
  napi_value result;
  napi_get_boolean(env, value, &result);
  return result;
}

static bool one_int(napi_env env, napi_callback_info info, int64_t *value) {
  napi_value argument;
  daimon_arguments(env, info, &argument, 1);
  return daimon_get_int(env, argument, value);
}

/* The claim is byte 0 of the lock file, and that byte need not exist. */
static struct flock first_byte(void) {
  return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
}

static napi_value lock_owner(napi_env env, napi_callback_info info) {
  int64_t fd;
  if (!one_int(env, info, &fd)) return NULL;
  struct flock lock = first_byte();
  /* Asked as an open-file-description lock: a lock of this very process is told too. */
  if (fcntl((int)fd, F_OFD_GETLK, &lock) < 0) return daimon_throw_errno(env, "fcntl(F_OFD_GETLK)", errno);
  if (lock.l_type == F_UNLCK) {
    napi_value result;
    napi_get_null(env, &result);
    return result;
  }
  /* The daemon's is a write lock; a read lock is of someone who may only look. */
  return daimon_int(env, lock.l_type == F_WRLCK ? lock.l_pid : -1);
}

static napi_value take(napi_env env, napi_callback_info info, int command, const char *name) {
  int64_t fd;
  if (!one_int(env, info, &fd)) return NULL;
  struct flock lock = first_byte();
  if (fcntl((int)fd, command, &lock) == 0) return boolean(env, true);
  if (errno == EAGAIN || errno == EACCES) return boolean(env, false);
  return daimon_throw_errno(env, name, errno);
}

static napi_value lock_briefly(napi_env env, napi_callback_info info) {
  return take(env, info, F_OFD_SETLK, "fcntl(F_OFD_SETLK)");
}

static napi_value lock_for_life(napi_env env, napi_callback_info info) {
  return take(env, info, F_SETLK, "fcntl(F_SETLK)");
}

static napi_value lock_folder(napi_env env, napi_callback_info info) {
  int64_t fd;
  if (!one_int(env, info, &fd)) return NULL;
  if (flock((int)fd, LOCK_EX | LOCK_NB) == 0) return boolean(env, true);
  return errno == EWOULDBLOCK ? boolean(env, false) : daimon_throw_errno(env, "flock", errno);
}

static napi_value close_fd(napi_env env, napi_callback_info info) {
  int64_t fd;
  if (!one_int(env, info, &fd)) return NULL;
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

static napi_value write_fd(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t fd;
  char *text;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &fd) || !daimon_get_string(env, arguments[1], &text)) return NULL;
  size_t length = strlen(text), done = 0;
  int error = 0;
  while (done < length && error == 0) {
    ssize_t written = write((int)fd, text + done, length - done);
    if (written >= 0) done += (size_t)written;
    else if (errno != EINTR) error = errno;
  }
  free(text);
  return error != 0 ? daimon_throw_errno(env, "write", error) : daimon_undefined(env);
}

static napi_value pipe_(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return daimon_throw_errno(env, "pipe2", errno);
  napi_create_object(env, &result);
  daimon_set(env, result, "read", daimon_int(env, ends[0]));
  daimon_set(env, result, "write", daimon_int(env, ends[1]));
  return result;
}

static int fill_and_seal(int fd, const char *content, size_t length) {
  for (size_t done = 0; done < length;) {
    ssize_t written = write(fd, content + done, length - done);
    if (written < 0 && errno != EINTR) return -1;
    if (written > 0) done += (size_t)written;
  }
  if (lseek(fd, 0, SEEK_SET) < 0) return -1;
  return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
}

static napi_value sealed_memory(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  char *name;
  void *content;
  size_t length;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_string(env, arguments[0], &name)) return NULL;
  if (napi_get_typedarray_info(env, arguments[1], NULL, &length, &content, NULL, NULL) != napi_ok) {
    free(name);
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "daimon native: bytes were expected");
    return NULL;
  }
  int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (fd < 0 && errno == EINVAL) fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); /* before 6.3 */
  free(name);
  if (fd < 0) return daimon_throw_errno(env, "memfd_create", errno);
  if (fill_and_seal(fd, content, length) < 0) {
    int error = errno;
    close(fd);
    return daimon_throw_errno(env, "memfd write", error);
  }
  return daimon_int(env, fd);
}

void daimon_register_files(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"lockOwner", lock_owner},
    {"lockBriefly", lock_briefly},
    {"lockForLife", lock_for_life},
    {"lockFolder", lock_folder},
    {"closeFd", close_fd},
    {"duplicateFd", duplicate_fd},
    {"setCloseOnExec", set_close_on_exec},
    {"readFd", read_fd},
    {"writeFd", write_fd},
    {"pipe", pipe_},
    {"sealedMemory", sealed_memory},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
