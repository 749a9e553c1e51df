/* statx(2), Linux 4.11, which alone tells when a file was made. */
#include "file-status.h"
#include "daimon.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define NS_PER_SECOND UINT64_C(1000000000)

/* makedev(3) is a function in one C library and none in the other. */
static uint64_t device(uint64_t major, uint64_t minor) {
  return (major & 0xfffff000) << 32 | (major & 0xfff) << 8 | (minor & 0xffffff00) << 12 | (minor & 0xff);
}

/* Without statx(2): qemu-user, old seccomp filters. Nothing tells then when it was made. */
static int by_stat(int fd, const char *path, int flags, file_status *status) {
  struct stat plain;
  if ((path == NULL ? fstat(fd, &plain) : fstatat(fd, path, &plain, flags)) < 0) return -1;
  *status = (file_status){
    .mode = plain.st_mode, .uid = plain.st_uid, .gid = plain.st_gid, .nlink = plain.st_nlink,
    .size_bytes = (uint64_t)plain.st_size, .dev = plain.st_dev, .inode = plain.st_ino, .rdev = plain.st_rdev,
  };
  return 0;
}

int file_status_of(int fd, const char *path, int flags, file_status *status) {
  struct statx told;
  int how = path == NULL ? AT_EMPTY_PATH : flags;
  if (syscall(SYS_statx, fd, path == NULL ? "" : path, how, STATX_BASIC_STATS | STATX_BTIME, &told) < 0)
    return errno == ENOSYS || errno == EPERM ? by_stat(fd, path, flags, status) : -1;
  uint64_t made_ns = (uint64_t)told.stx_btime.tv_sec * NS_PER_SECOND + told.stx_btime.tv_nsec;
  *status = (file_status){
    .mode = told.stx_mode, .uid = told.stx_uid, .gid = told.stx_gid, .nlink = told.stx_nlink,
    .size_bytes = told.stx_size, .dev = device(told.stx_dev_major, told.stx_dev_minor), .inode = told.stx_ino,
    .rdev = device(told.stx_rdev_major, told.stx_rdev_minor),
    .made_ns = told.stx_mask & STATX_BTIME ? made_ns : 0,
  };
  return 0;
}
