/*
 * The lock that tells who the daemon is, and the one that the records are changed under. How a lock is
 * asked about and held for an instant is the system's: lock-system.h.
 */
#include "daimon.h"
#include "lock-system.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The claim is byte 0 of the lock file, and that byte need not exist. */
static struct flock first_byte(void) {
  return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
}

static napi_value lock_owner(napi_env env, napi_callback_info info) {
  int64_t fd;
  if (!daimon_get_only_int(env, info, &fd)) return NULL;
  struct flock lock = first_byte();
  if (lock_look((int)fd, &lock) < 0) return daimon_throw_errno(env, "fcntl(F_GETLK)", errno);
  if (lock.l_type == F_UNLCK) return daimon_null(env);
  /* The daemon's is a write lock; a read lock is of someone who may only look. */
  return daimon_int(env, lock.l_type == F_WRLCK ? lock.l_pid : -1);
}

static napi_value taken(napi_env env, int result, const char *name) {
  if (result == 0) return daimon_bool(env, true);
  if (errno == EAGAIN || errno == EACCES || errno == EWOULDBLOCK) return daimon_bool(env, false);
  return daimon_throw_errno(env, name, errno);
}

static napi_value lock_briefly(napi_env env, napi_callback_info info) {
  int64_t fd;
  if (!daimon_get_only_int(env, info, &fd)) return NULL;
  struct flock lock = first_byte();
  return taken(env, lock_until_closed((int)fd, &lock), "lock");
}

static napi_value lock_for_life(napi_env env, napi_callback_info info) {
  int64_t fd;
  if (!daimon_get_only_int(env, info, &fd)) return NULL;
  struct flock lock = first_byte();
  return taken(env, fcntl((int)fd, F_SETLK, &lock), "fcntl(F_SETLK)");
}

#define FOLDER_LOCK ".lock"

/*
 * Opens the lock of a folder, and makes it where there is none; EPERM for one that others could have prepared.
 * In a folder of somebody else's, root uses theirs, and leaves one that they can use. -1 with errno.
 */
static int open_folder_lock(int folder) {
  struct stat above, status;
  int file = openat(folder, FOLDER_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (file < 0) return -1;
  bool known = fstat(folder, &above) == 0 && fstat(file, &status) == 0;
  bool is_own = known && (status.st_uid == geteuid() || (geteuid() == 0 && status.st_uid == above.st_uid));
  bool safe = is_own && S_ISREG(status.st_mode) && !(status.st_mode & 022) && status.st_nlink <= 1;
  /* Whoever can read it can hold a lock on it, and keep us waiting. */
  if (safe && (!(status.st_mode & 077) || fchmod(file, 0600) == 0)
      && (status.st_uid == above.st_uid || status.st_uid != 0 || fchown(file, above.st_uid, above.st_gid) == 0)) return file;
  int error = known && !safe ? EPERM : errno;
  close(file);
  errno = error;
  return -1;
}

/* False once somebody has removed the file, or put another in its place. */
static bool is_still_in(int folder, int file) {
  struct stat here, there;
  return fstat(file, &here) == 0 && fstatat(folder, FOLDER_LOCK, &there, AT_SYMLINK_NOFOLLOW) == 0
    && here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/* holdFolder(path): a fd that holds its lock, by flock(2); null: another does. */
static napi_value hold_folder(napi_env env, napi_callback_info info) {
  napi_value argument;
  char *path;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_string(env, argument, &path)) return NULL;
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  free(path);
  int file = folder < 0 ? -1 : open_folder_lock(folder), failure = file < 0 ? errno : 0;
  bool locked = file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0;
  if (file >= 0 && !locked && errno != EWOULDBLOCK) failure = errno;
  bool held = locked && is_still_in(folder, file);
  if (folder >= 0) close(folder);
  if (held) return daimon_int(env, file);
  if (file >= 0) close(file);
  return failure == 0 ? daimon_null(env) : daimon_throw_errno(env, "flock", failure);
}

static bool is_last_file(const char *path) {
  DIR *folder = opendir(path);
  if (folder == NULL) return false;
  int others = 0;
  for (struct dirent *entry; others == 0 && (entry = readdir(folder)) != NULL;)
    others += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && strcmp(entry->d_name, FOLDER_LOCK) != 0;
  closedir(folder);
  return others == 0;
}

/* releaseFolder(fd, path): where nothing else is left in it, the lock goes as well, while it is ours still. */
static napi_value release_folder(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t file;
  char *path;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &file) || !daimon_get_string(env, arguments[1], &path)) return NULL;
  if (is_last_file(path)) {
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0 && is_still_in(folder, (int)file)) unlinkat(folder, FOLDER_LOCK, 0);
    if (folder >= 0) close(folder);
  }
  close((int)file);
  free(path);
  return daimon_undefined(env);
}

void daimon_register_locks(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"lockOwner", lock_owner},
    {"lockBriefly", lock_briefly},
    {"lockForLife", lock_for_life},
    {"holdFolder", hold_folder},
    {"releaseFolder", release_folder},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
