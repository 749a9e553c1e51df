/* The end of this process by force: linux/families.c, kqueue/processes.c. */
#ifndef DAIMON_ENDING_H
#define DAIMON_ENDING_H

/* SIGKILL for what was to end with this process. Called by a thread of its own, last of all. */
void daimon_end_children(void);

#endif
