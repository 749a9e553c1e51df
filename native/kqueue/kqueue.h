/* What the systems with kqueue(2) share, and what each of them tells: darwin/, freebsd/. */
#ifndef DAIMON_KQUEUE_H
#define DAIMON_KQUEUE_H

#include "daimon.h"
#include <sys/types.h>

typedef struct {
  pid_t pid, parent, group, session;
  int64_t started_us; /* the same at every look */
  uint32_t terminal;  /* 0: none */
  char state;         /* as proc_pid_stat(5) of Linux: R, S, T or Z */
  int threads;
  char name[32];
  int64_t cpu_us, memory_bytes; /* 0 where we may not know */
} process_facts;

/* False, with errno, when there is none. A zombie is one. */
bool system_read_process(pid_t pid, process_facts *facts);
/* All pids, to be freed; NULL with errno. */
pid_t *system_list_pids(size_t *count);
/* Something that is another after each boot. False with errno. */
bool system_boot_id(char *text, size_t size);
/* Where the file is that a descriptor has open; `size` is at least PATH_MAX. */
bool system_path_of_fd(int fd, char *path, size_t size);
/* Orphans of descendants become our children. 0, or -1 with errno. */
int system_adopt_orphans(void);

void daimon_register_process_fds(napi_env env, napi_value exports);
void daimon_register_processes(napi_env env, napi_value exports);
void daimon_register_foreground(napi_env env, napi_value exports);
void daimon_register_memory(napi_env env, napi_value exports);
/* What only one of them has. */
void daimon_register_extras(napi_env env, napi_value exports);

#endif
