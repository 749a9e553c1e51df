/*
 * What each system does in its own way to launch: linux/launch.c, kqueue/launch.c. All of it runs
 * in the new process, unless it says otherwise, and gives 0, or -1 with errno.
 */
#ifndef DAIMON_LAUNCH_SYSTEM_H
#define DAIMON_LAUNCH_SYSTEM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define LAUNCH_STACK_BYTES (64 * 1024)

/* In the launcher: whether a process can run in our memory until it executes its program. */
extern const bool launch_shares_memory;

typedef enum {
  LAUNCH_CHILD, /* The calling thread is suspended until it has executed its program, or ended. */
  LAUNCH_MIDDLE, /* Suspended as well. It shares our descriptors, and its end raises no signal: LAUNCH_WAIT_OPTIONS. */
  LAUNCH_GRANDCHILD, /* Of the middle, which goes on at once. Sets `pidfd` while its pid cannot be another's yet. */
} launch_role;

/* In the launcher, or in the middle: returns the pid. `stack` is where it ends. `pidfd` stays as it is where the kernel has none. */
pid_t launch_sharing_memory(int (*run)(void *), void *argument, char *stack, launch_role role, int *pidfd);

#ifdef __linux__
#define LAUNCH_WAIT_OPTIONS 0x40000000 /* __WALL: waitpid(2) */
#else
#define LAUNCH_WAIT_OPTIONS 0
#endif

/* In the launcher: no handler may run in a process that shares its memory. */
void launch_block_signals(sigset_t *before);
void launch_restore_signals(const sigset_t *before);

/* Every signal at its default, none blocked: also those that the C library keeps for itself. */
int launch_reset_signals(void);
/* Closes every descriptor from `first` to `last`, at no cost for those that are not there. */
int launch_close_between(unsigned first, unsigned last);
/* Whose permissions files are opened with, and back. */
int launch_use_file_ids(uid_t uid, gid_t gid);
int launch_set_groups(size_t count, const gid_t *groups);
/* Real, effective and saved. */
int launch_set_gid(gid_t gid);
int launch_set_uid(uid_t uid);
/* After it: the way back to root must be closed, and is tried. */
int launch_prove_drop(void);
int launch_forbid_new_privileges(void);
/* SIGKILL when the launching thread ends. */
int launch_die_with_parent(void);

/* Written to, it sets how soon this process is killed for want of memory; NULL where there is none. */
extern const char *const launch_oom_path;

#endif
