/*
 * Ending a family: every process that carries one of our marks, wherever it went.
 *
 * The mark is the soft RLIMIT_LOCKS, which Linux has ignored since 2.4.25 (getrlimit(2)) and which
 * fork(2) and execve(2) hand down: no setsid, no second fork and no new process group shakes it
 * off. All marks of one program share their upper bits; the lower FAMILY_BITS tell its trees apart.
 *
 * Only raw system calls, no writable globals, nothing that needs relocation: this also runs as the
 * watchdog, a program without a C library.
 */
#include "family.h"
#include "raw.h"
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <stdbool.h>
#include <stddef.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-loop-distribute-patterns") /* else: calls of memset */
#endif

#define RLIMIT_LOCKS 10
#define SIGKILL 9
#define SIGSTOP 19
#define MOST_DESCENDANTS 1024
#define POLLIN 1
#define EPERM 1

struct limit { uint64_t soft, hard; };
struct poll_entry { int fd; short events, revents; };
struct pause { int64_t seconds, nanoseconds; };
struct entry { uint64_t inode; int64_t offset; uint16_t length; uint8_t type; char name[]; };

static void close_raw(long fd) { raw(__NR_close, fd, 0, 0, 0, 0); }

static bool in_family(uint64_t mark, uint64_t family) {
  return mark >> FAMILY_BITS == family >> FAMILY_BITS;
}

static long open_of_process(int pid, const char *name) {
  char path[40], digits[12];
  const char *folder = "/proc/";
  size_t at = 0, count = 0;
  for (; *folder; folder++) path[at++] = *folder;
  for (int rest = pid; rest > 0; rest /= 10) digits[count++] = (char)('0' + rest % 10);
  while (count > 0) path[at++] = digits[--count];
  for (; *name; name++) path[at++] = *name;
  path[at] = '\0';
  return raw(__NR_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0);
}

/* For processes of another user, where prlimit(2) needs CAP_SYS_RESOURCE: the file is open to all. */
static uint64_t mark_from_file(int pid) {
  char text[2048];
  const char *label = "Max file locks";
  long file = open_of_process(pid, "/limits");
  if (file < 0) return 0;
  long got = raw(__NR_read, file, (long)text, sizeof text - 1, 0, 0);
  close_raw(file);
  for (long line = 0; line + 40 < got; line++) {
    long at = 0;
    while (label[at] && text[line + at] == label[at]) at++;
    if (label[at]) continue;
    while (line + at < got && text[line + at] == ' ') at++;
    uint64_t mark = 0;
    for (; line + at < got && text[line + at] >= '0' && text[line + at] <= '9'; at++)
      mark = mark * 10 + (uint64_t)(text[line + at] - '0');
    return mark;
  }
  return 0;
}

static uint64_t mark_of(int pid) {
  struct limit limit = {0, 0};
  long result = raw(__NR_prlimit64, pid, RLIMIT_LOCKS, 0, (long)&limit, 0);
  if (result == -EPERM) return mark_from_file(pid);
  return result < 0 ? 0 : limit.soft;
}

/* Parent and session of a process: fields 4 and 6 of proc_pid_stat(5). */
static bool read_kin(int pid, int *parent, int *session) {
  char text[1024];
  long file = open_of_process(pid, "/stat");
  if (file < 0) return false;
  long got = raw(__NR_read, file, (long)text, sizeof text, 0, 0), at = got - 1;
  close_raw(file);
  while (at >= 0 && text[at] != ')') at--; /* the name before it may hold anything */
  uint32_t fields[3] = {0, 0, 0}; /* wraps around where the kernel would have to be mad */
  at += 4; /* ") S " */
  for (int field = 0; field < 3; field++, at++)
    for (; at < got && text[at] >= '0' && text[at] <= '9'; at++) fields[field] = fields[field] * 10 + (uint32_t)(text[at] - '0');
  *parent = (int)fields[0];
  *session = (int)fields[2];
  return got > 0;
}

typedef bool (*judge)(int pid, const void *what);
typedef int (*visitor)(int pid, void *what);

static bool has_mark(int pid, const void *family) { return in_family(mark_of(pid), *(const uint64_t *)family); }

/* A descendant in the session of `ancestor`: what set itself apart by setsid(2) meant to stay. */
static bool is_descendant(int pid, const void *ancestor) {
  int self = *(const int *)ancestor, parent, session, own_parent, own_session;
  if (pid == self || !read_kin(self, &own_parent, &own_session)) return false;
  if (!read_kin(pid, &parent, &session) || session != own_session) return false;
  for (int depth = 0; depth < 64 && parent > 1; depth++) {
    if (parent == self) return true;
    if (!read_kin(parent, &parent, &session)) return false;
  }
  return false;
}

/*
 * The pidfd is opened before the process is judged: when it dies in between and its number is given
 * to another, the signal goes to nobody. 1 when it was alive and ours. Signal 0 only looks.
 */
static int signal_if(int pid, judge is_ours, const void *what, int number) {
  long fd = raw(__NR_pidfd_open, pid, 0, 0, 0, 0);
  if (fd < 0) return 0;
  struct poll_entry ended = {(int)fd, POLLIN, 0};
  struct pause now = {0, 0};
  bool ours = raw(__NR_ppoll, (long)&ended, 1, (long)&now, 0, 8) == 0 && is_ours(pid, what);
  if (ours) raw(__NR_pidfd_send_signal, fd, number, 0, 0, 0);
  close_raw(fd);
  return ours;
}

/* One pass over /proc; without a /proc (a chroot), over every number there could be. */
static int visit_processes(visitor visit, void *what) {
  char buffer[96] __attribute__((aligned(8))); /* few names: each judged in the microsecond it is listed */
  int sum = 0;
  long folder = raw(__NR_openat, AT_FDCWD, (long)"/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0), bytes, seen = 0;
  while (folder >= 0 && (bytes = raw(__NR_getdents64, folder, (long)buffer, sizeof buffer, 0, 0)) > 0) {
    for (long at = 0; at < bytes; at += ((const struct entry *)(buffer + at))->length) {
      int pid = 0;
      for (const char *digit = ((const struct entry *)(buffer + at))->name; *digit >= '0' && *digit <= '9'; digit++)
        pid = pid * 10 + (*digit - '0');
      if (pid == 0) continue;
      seen++;
      if (pid > 1) sum += visit(pid, what);
    }
  }
  if (folder >= 0) close_raw(folder);
  for (int pid = 2; seen == 0 && pid < PID_LIMIT; pid++) sum += visit(pid, what);
  return sum;
}

struct kill_order { judge is_ours; const void *what; };

static int kill_visitor(int pid, void *order) {
  const struct kill_order *wanted = order;
  return signal_if(pid, wanted->is_ours, wanted->what, SIGKILL);
}

/* Again until a pass finds nobody: what was just being forked is seen by the next one. */
static void kill_all(judge is_ours, const void *what) {
  struct pause pause = {0, 500000};
  struct kill_order order = {is_ours, what};
  for (int pass = 0; pass < MOST_PASSES && visit_processes(kill_visitor, &order) > 0; pass++) {
    raw(__NR_nanosleep, (long)&pause, 0, 0, 0, 0);
    if (pause.nanoseconds < 50000000) pause.nanoseconds *= 2;
  }
}

void daimon_end_family(uint64_t family) {
  if (family != 0) kill_all(has_mark, &family);
}

struct held { int ancestor, count, pids[MOST_DESCENDANTS]; long fds[MOST_DESCENDANTS]; };

/* Stops a descendant, which then can neither fork nor end; holds it for the kill. */
static int hold_visitor(int pid, void *order) {
  struct held *held = order;
  for (int i = 0; i < held->count; i++)
    if (held->pids[i] == pid) return 0;
  if (held->count == MOST_DESCENDANTS) return 0;
  long fd = raw(__NR_pidfd_open, pid, 0, 0, 0, 0);
  if (fd < 0) return 0;
  if (!is_descendant(pid, &held->ancestor)) {
    close_raw(fd);
    return 0;
  }
  raw(__NR_pidfd_send_signal, fd, SIGSTOP, 0, 0, 0);
  held->pids[held->count] = pid;
  held->fds[held->count++] = fd;
  return 1;
}

/*
 * Descent is known by parents, and a killed parent leaves children that belong to init: so all are
 * stopped first, until a pass finds no new one, and killed together.
 */
void daimon_end_descendants(int ancestor) {
  struct held held;
  held.ancestor = ancestor;
  held.count = 0;
  for (int pass = 0; pass < MOST_PASSES && visit_processes(hold_visitor, &held) > 0; pass++) {}
  for (int i = 0; i < held.count; i++) {
    raw(__NR_pidfd_send_signal, held.fds[i], SIGKILL, 0, 0, 0);
    close_raw(held.fds[i]);
  }
}

struct find_order { uint64_t family; int *pids, count, most; };

static int find_visitor(int pid, void *order) {
  struct find_order *wanted = order;
  if (wanted->count < wanted->most && signal_if(pid, has_mark, &wanted->family, 0))
    wanted->pids[wanted->count++] = pid;
  return 0;
}

int daimon_find_family(uint64_t family, int *pids, int most) {
  struct find_order order = {family, pids, 0, most};
  visit_processes(find_visitor, &order);
  return order.count;
}
