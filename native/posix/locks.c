/*
 * The lock that tells who the daemon is, and the one that the records are changed under. How a lock is
 * asked about and held for an instant is the system's: lock-system.h.
 */
#include "daimon.h"
#include "lock-system.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

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
  if (lock_look((int)fd, &lock) < 0) return daimon_throw_errno(env, "fcntl(F_GETLK)", errno);
  if (lock.l_type == F_UNLCK) return daimon_null(env);
  /* The daemon's is a write lock; a read lock is of someone who may only look. */
  return daimon_int(env, lock.l_type == F_WRLCK ? lock.l_pid : -1);
}

static napi_value taken(napi_env env, int result, const char *name) {
  if (result == 0) return boolean(env, true);
  if (errno == EAGAIN || errno == EACCES || errno == EWOULDBLOCK) return boolean(env, false);
  return daimon_throw_errno(env, name, errno);
}

static napi_value lock_briefly(napi_env env, napi_callback_info info) {
  int64_t fd;
  if (!one_int(env, info, &fd)) return NULL;
  struct flock lock = first_byte();
  return taken(env, lock_until_closed((int)fd, &lock), "lock");
}

static napi_value lock_for_life(napi_env env, napi_callback_info info) {
  int64_t fd;
  if (!one_int(env, info, &fd)) return NULL;
  struct flock lock = first_byte();
  return taken(env, fcntl((int)fd, F_SETLK, &lock), "fcntl(F_SETLK)");
}

/* Opens a lock file, and makes it where there is none; EPERM for one that others could have prepared. -1 with errno. */
static int open_private(const char *path) {
  int file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  struct stat status;
  if (file < 0) return -1;
  bool known = fstat(file, &status) == 0;
  bool safe = known && S_ISREG(status.st_mode) && status.st_uid == geteuid() && !(status.st_mode & 022) && status.st_nlink <= 1;
  /* Whoever can read it can hold a lock on it, and keep us waiting. */
  if (safe && (!(status.st_mode & 077) || fchmod(file, 0600) == 0)) return file;
  int error = known && !safe ? EPERM : errno;
  close(file);
  errno = error;
  return -1;
}

/* False once the file was removed, or another one is in its place. */
static bool is_still_at(int file, const char *path) {
  struct stat here, there;
  return fstat(file, &here) == 0 && lstat(path, &there) == 0 && here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/* holdFile(path): its fd, locked for us alone by flock(2), made where there is none; null: another holds it. */
static napi_value hold_file(napi_env env, napi_callback_info info) {
  napi_value argument;
  char *path;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_string(env, argument, &path)) return NULL;
  int file = open_private(path), failure = file < 0 ? errno : 0;
  bool locked = file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0;
  if (file >= 0 && !locked && errno != EWOULDBLOCK) failure = errno;
  /* Removed between open and lock: then it is nobody's. */
  bool held = locked && is_still_at(file, path);
  free(path);
  if (held) return daimon_int(env, file);
  if (file >= 0) close(file);
  return failure == 0 ? daimon_null(env) : daimon_throw_errno(env, "flock", failure);
}

/* releaseFile(fd, path): removed while it is ours still, so that who waits for it sees that, and makes the next one. */
static napi_value release_file(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t file;
  char *path;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &file) || !daimon_get_string(env, arguments[1], &path)) return NULL;
  if (is_still_at((int)file, path)) unlink(path);
  close((int)file);
  free(path);
  return daimon_undefined(env);
}

void daimon_register_locks(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"lockOwner", lock_owner},
    {"lockBriefly", lock_briefly},
    {"lockForLife", lock_for_life},
    {"holdFile", hold_file},
    {"releaseFile", release_file},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
