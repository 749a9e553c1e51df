/* family.c has its own names for what the headers of the C library define, so its readers are built apart. */
#include "family.h"
#include "raw.h"
#include "proc.h"

#define raw(number, ...) ((number) == __NR_openat ? open_memory() : raw(number, __VA_ARGS__))
#include "../../native/linux/family.c"

bool family_reads_kin(int *parent, int *session) { return read_kin(7, parent, session); }
uint64_t family_reads_mark(void) { return mark_from_file(7); }
