/*
 * The lock that tells who the daemon is, and the one that the records are changed under. How a lock is
 * asked about and held for an instant is the system's: lock-system.h.
 */
#include "daimon.h"
#include "lock-system.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
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

static napi_value lock_whole(napi_env env, napi_callback_info info) {
  int64_t fd;
  if (!one_int(env, info, &fd)) return NULL;
  return taken(env, flock((int)fd, LOCK_EX | LOCK_NB), "flock");
}

void daimon_register_locks(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"lockOwner", lock_owner},
    {"lockBriefly", lock_briefly},
    {"lockForLife", lock_for_life},
    {"lockWhole", lock_whole},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
