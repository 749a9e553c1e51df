/* See family.c. */
#ifndef DAIMON_FAMILY_H
#define DAIMON_FAMILY_H

#include <stdint.h>

#define FAMILY_BITS 16
#define PID_LIMIT 4194304 /* PID_MAX_LIMIT of 64-bit Linux: proc_sys_kernel(5) */
#define MOST_PASSES 200   /* with their growing pauses 10 s: what is left then hangs in the kernel */

/* SIGKILL for every process whose mark has the upper bits of `family`. */
void daimon_end_family(uint64_t family);
/* Writes the pids of all living members of a family, at most `most`; returns how many. */
int daimon_find_family(uint64_t family, int *pids, int most);
/* SIGKILL for the descendants of a process that are in its session. */
void daimon_end_descendants(int ancestor);

#endif
