#ifndef FUZZ_PROC_H
#define FUZZ_PROC_H

#include <stdbool.h>
#include <stdint.h>

/* The file that is read, whatever its path. */
int open_memory(void);

bool family_reads_kin(int *parent, int *session);
uint64_t family_reads_mark(void);

#endif
