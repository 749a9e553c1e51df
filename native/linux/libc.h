/*
 * One addon for glibc (2.28 and later) and musl. It is linked without a C library, so that it names
 * none and asks for no version of a symbol: what it calls is found by name in the process that loads
 * it. This header comes before every file of the Linux build, and takes back the names that headers
 * of glibc put in the place of those that both libraries have. test/journey/prebuilt.test.ts checks
 * the list of names.
 *
 * The structs that cross this border are the same in both, on 64-bit machines: stat, sigaction,
 * dirent, passwd, group, termios, flock, rlimit, msghdr (musl's padding lies where glibc has the
 * upper halves); pthread_attr_t and pthread_mutex_t are the larger in glibc, whose headers build us.
 */
#ifndef DAIMON_LIBC_H
#define DAIMON_LIBC_H

#define _GNU_SOURCE
#undef _FORTIFY_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* fstat(3), fstatat(3) and lstat(3) are symbols only from glibc 2.33 on; the kernel's struct stat is that of the library. */
#define fstat(fd, status) ((int)syscall(SYS_fstat, fd, status))
#define fstatat(folder, path, status, flags) ((int)syscall(SYS_newfstatat, folder, path, status, flags))
#define lstat(path, status) fstatat(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW)

/* From glibc 2.38 on these are names of C23: __isoc23_strtol(). */
long daimon_strtol(const char *, char **, int) __asm__("strtol");
unsigned long daimon_strtoul(const char *, char **, int) __asm__("strtoul");
unsigned long long daimon_strtoull(const char *, char **, int) __asm__("strtoull");
int daimon_fscanf(FILE *, const char *, ...) __asm__("fscanf");
#define strtol daimon_strtol
#define strtoul daimon_strtoul
#define strtoull daimon_strtoull
#define fscanf daimon_fscanf

#endif
