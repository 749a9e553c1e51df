/*
 * Between fork and exec: the steps of daemon(7), in order, by async-signal-safe calls only.
 *
 * launch() reads the plan into plain memory and starts a process that goes through the steps. How that
 * is started, and the steps that each system does in its own way, are behind launch-system.h: on Linux
 * it shares the caller's memory, and the calling thread's errno, while that thread does nothing but wait:
 * so here too there is no malloc and no stdio. Failures travel through a CLOEXEC descriptor, whose end
 * says that the program has been executed; so plain fork(2) can stand in.
 */
#include "daimon.h"
#include "descriptors.h"
#include "launch-system.h"
#include "process-fd.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h> /* rename */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FIRST_LOCK_FD 10 /* Above what shell scripts use, below 15: Node marks those CLOEXEC at boot. */
#define PASSING_LOCK_TRIES 2000 /* of one millisecond each */

typedef enum {
  STEP_NONE, STEP_PIPE, STEP_FORK, STEP_SETSID, STEP_SETPGID, STEP_SIGNALS, STEP_KEEP_FD,
  STEP_UMASK, STEP_LOCK_FILE, STEP_LOCK, STEP_PID_FILE, STEP_STDIN, STEP_STDOUT, STEP_STDERR,
  STEP_CHROOT, STEP_CHDIR, STEP_RLIMIT, STEP_NICE, STEP_OOM_SCORE_ADJ, STEP_SETGROUPS,
  STEP_SETGID, STEP_SETUID, STEP_DROP_CHECK, STEP_NO_NEW_PRIVS, STEP_PDEATHSIG, STEP_CLOSE_FDS,
  STEP_EXECVE, STEP_KILLED,
} launch_step;

static const char *const STEP_NAMES[] = {
  "none", "pipe", "fork", "setsid", "setpgid", "sigaction", "keep-fd",
  "umask", "lock-file", "lock", "pid-file", "stdin", "stdout", "stderr",
  "chroot", "chdir", "setrlimit", "nice", "oom_score_adj", "setgroups",
  "setgid", "setuid", "drop-check", "no_new_privs", "pdeathsig", "close-fds",
  "execve", "killed",
};

typedef struct { int fd; char *path; bool append, as_user, own; } stdio_plan;
typedef struct { int resource; bool has_soft, has_hard; rlim_t soft, hard; } limit_plan;
typedef struct { int source, target, parked; } fd_plan;

typedef struct {
  bool detach, own_group, die_with_parent, plain_fork;
  char *file, **argv, **environment;
  char *pid_file, *pid_file_new, *lock_file;
  char *chroot, *cwd;
  mode_t umask;
  limit_plan *limits; size_t limit_count;
  bool has_nice; int nice;
  bool has_oom; char oom_text[16];
  bool has_uid, has_gid, has_groups; uid_t uid; gid_t gid;
  gid_t *groups; size_t group_count;
  bool no_new_privs;
  stdio_plan stdio[3];
  fd_plan *fds; size_t fd_count;
  int report; /* where reports are written; parked in the new process */
  int lock_fd;
  int terminal; /* whose foreground the new process group is to be; -1: none */
  /* Told by shared memory, or by a report after plain forks. */
  pid_t daemon;
  bool executes; /* Nothing but execve is left. */
  int pidfd; /* in the launcher; -1 for none */
  pid_t launcher;
  char *inner_stack;
} launch_plan;

/* What the new process reports: the step that failed; after a plain fork also that nothing but execve is left. */
typedef struct { int step, error, pid; } report_message; /* pid: of the writer, or of the lock's owner */

/* --- in the new process ------------------------------------------------------------------- */

static void send_report(launch_plan *plan, launch_step step, int error, pid_t pid) {
  report_message message = {step, error, pid};
  ssize_t written;
  do written = write(plan->report, &message, sizeof message);
  while (written < 0 && errno == EINTR);
}

static void fail(launch_plan *plan, launch_step step) __attribute__((noreturn));
static void fail(launch_plan *plan, launch_step step) {
  send_report(plan, step, errno, getpid());
  _exit(127);
}

static bool is_target(const launch_plan *plan, int number) {
  for (size_t i = 0; i < plan->fd_count; i++)
    if (plan->fds[i].target == number) return true;
  return false;
}

/* The lowest fd from `first` on that is still needed; -1 for none. */
static int next_held(const launch_plan *plan, int first) {
  int found = plan->report >= first ? plan->report : -1;
  for (int i = 0; i < 3; i++) {
    int fd = plan->stdio[i].path == NULL ? plan->stdio[i].fd : -1;
    if (fd >= first && (found < 0 || fd < found)) found = fd;
  }
  for (size_t i = 0; i < plan->fd_count; i++) {
    int fd = plan->fds[i].parked;
    if (fd >= first && (found < 0 || fd < found)) found = fd;
  }
  return found;
}

/*
 * daemon(7) step 1, taken early: the lock below is lost when its process closes any fd of the same
 * file, so no fd of the caller may still be open by then. What is to move is parked above every
 * number that will be taken; what stays at its number is left there.
 */
static int park_fds(launch_plan *plan) {
  plan->lock_fd = FIRST_LOCK_FD;
  while (is_target(plan, plan->lock_fd)) plan->lock_fd++;
  int base = plan->lock_fd + 1;
  for (size_t i = 0; i < plan->fd_count; i++)
    if (plan->fds[i].source != plan->fds[i].target && plan->fds[i].target >= base) base = plan->fds[i].target + 1;
  int report = fcntl(plan->report, F_DUPFD_CLOEXEC, base);
  if (report < 0) fail(plan, STEP_KEEP_FD);
  plan->report = report;
  for (int i = 0; i < 3; i++) {
    stdio_plan *stream = &plan->stdio[i];
    if (stream->path != NULL) continue;
    stream->fd = fcntl(stream->fd, F_DUPFD_CLOEXEC, base);
    if (stream->fd < 0) fail(plan, STEP_STDIN + i);
  }
  for (size_t i = 0; i < plan->fd_count; i++) {
    fd_plan *kept = &plan->fds[i];
    bool stays = kept->source == kept->target;
    kept->parked = stays ? kept->source : fcntl(kept->source, F_DUPFD_CLOEXEC, base);
    if (kept->parked < 0 || fcntl(kept->parked, F_GETFD) < 0) fail(plan, STEP_KEEP_FD);
  }
  int next = 3;
  for (int held; (held = next_held(plan, next)) >= 0; next = held + 1)
    if (launch_close_between((unsigned)next, (unsigned)held - 1) < 0) fail(plan, STEP_CLOSE_FDS);
  if (launch_close_between((unsigned)next, ~0U) < 0) fail(plan, STEP_CLOSE_FDS);
  return base;
}

/* dup2(2), and open across exec, also where it is there already. */
static void place(launch_plan *plan, launch_step step, int fd, int number) {
  if (fd == number ? fcntl(fd, F_SETFD, 0) < 0 : dup2(fd, number) < 0) fail(plan, step);
}

/* Opens the lock file at a number no kept fd wants; refuses one that others could have prepared. */
static void open_lock_file(launch_plan *plan) {
  int opened = open(plan->lock_file, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (opened < 0) fail(plan, STEP_LOCK_FILE);
  struct stat status;
  if (fstat(opened, &status) < 0) fail(plan, STEP_LOCK_FILE);
  if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 022) || status.st_nlink > 1) {
    errno = EPERM;
    fail(plan, STEP_LOCK_FILE);
  }
  /* Whoever can read it can hold a read lock on it, and keep the daemon from starting. */
  if (fchmod(opened, 0600) < 0) fail(plan, STEP_LOCK_FILE);
  place(plan, STEP_LOCK_FILE, opened, plan->lock_fd);
  if (opened != plan->lock_fd) close(opened);
}

/*
 * The daemon's own lock is a classic record lock: its owner is a pid that F_GETLK names. A command
 * that tidies up holds an open-file-description lock for an instant (owner -1): wait for that one.
 */
static void take_lock(launch_plan *plan) {
  for (int tries = 0;;) {
    open_lock_file(plan);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    if (fcntl(plan->lock_fd, F_SETLK, &lock) == 0) {
      struct stat status;
      if (fstat(plan->lock_fd, &status) < 0) fail(plan, STEP_LOCK);
      if (status.st_nlink > 0) return; /* else: tidied away between open and lock */
    } else if (errno == EAGAIN || errno == EACCES) {
      if (fcntl(plan->lock_fd, F_GETLK, &lock) < 0) fail(plan, STEP_LOCK);
      if (lock.l_type == F_WRLCK && lock.l_pid >= 0) { /* 0: of another pid namespace */
        send_report(plan, STEP_LOCK, EAGAIN, lock.l_pid);
        _exit(127);
      }
      struct timespec pause = {0, 1000000};
      nanosleep(&pause, NULL);
      if (++tries > PASSING_LOCK_TRIES) {
        errno = ETIMEDOUT;
        fail(plan, STEP_LOCK);
      }
    } else fail(plan, STEP_LOCK);
    close(plan->lock_fd);
  }
}

/* Written aside and renamed: a reader never sees an empty or half-written file. */
static void write_pid_file(launch_plan *plan) {
  char text[16];
  size_t start = sizeof text;
  text[--start] = '\n';
  for (unsigned rest = (unsigned)getpid(); rest > 0; rest /= 10) text[--start] = (char)('0' + rest % 10);
  if (unlink(plan->pid_file_new) < 0 && errno != ENOENT) fail(plan, STEP_PID_FILE);
  int file = open(plan->pid_file_new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (file < 0) fail(plan, STEP_PID_FILE);
  ssize_t length = (ssize_t)(sizeof text - start);
  ssize_t written = write(file, text + start, (size_t)length);
  if (written >= 0 && written != length) errno = ENOSPC;
  if (written != length || fchmod(file, 0644) < 0 || rename(plan->pid_file_new, plan->pid_file) < 0) {
    int error = errno;
    unlink(plan->pid_file_new);
    errno = error;
    fail(plan, STEP_PID_FILE);
  }
  close(file);
}

/* No other's, who could read and change it, and no other name of a file of ours. */
static bool is_own(const launch_plan *plan, int file) {
  struct stat status;
  if (fstat(file, &status) < 0 || status.st_nlink > 1) return false;
  return status.st_uid == 0 || status.st_uid == geteuid() || (plan->has_uid && status.st_uid == plan->uid);
}

/* O_NONBLOCK at the open only: a FIFO without a reader or a device must not hang the launch. */
static void open_stdio(launch_plan *plan, int stream, int parking) {
  stdio_plan *wanted = &plan->stdio[stream];
  if (wanted->path == NULL) return;
  uid_t own_uid = geteuid();
  gid_t own_gid = getegid();
  if (wanted->as_user) {
    /* Not root's groups, either; they go below, anyway. */
    if (plan->has_groups && launch_set_groups(plan->group_count, plan->groups) < 0) fail(plan, STEP_SETGROUPS);
    if (launch_use_file_ids(plan->uid, plan->has_gid ? plan->gid : own_gid) < 0) fail(plan, STEP_STDIN + stream);
  }
  int how = (wanted->append ? O_WRONLY | O_APPEND : O_RDONLY) | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
  int opened = wanted->append ? open(wanted->path, how | O_CREAT | O_EXCL, 0640) : -1;
  bool created = opened >= 0;
  if (!created) opened = open(wanted->path, how | (wanted->own ? O_NOFOLLOW : 0));
  if (opened < 0) fail(plan, STEP_STDIN + stream);
  if (wanted->own && !is_own(plan, opened)) {
    errno = EEXIST;
    fail(plan, STEP_STDIN + stream);
  }
  /* A log made by root for another user: that user may reopen it by /dev/stderr. */
  if (created && plan->has_uid && fchown(opened, plan->uid, plan->has_gid ? plan->gid : (gid_t)-1) < 0)
    fail(plan, STEP_STDIN + stream);
  if (wanted->as_user && launch_use_file_ids(own_uid, own_gid) < 0) fail(plan, STEP_STDIN + stream);
  int status = fcntl(opened, F_GETFL);
  if (status < 0 || fcntl(opened, F_SETFL, status & ~O_NONBLOCK) < 0) fail(plan, STEP_STDIN + stream);
  wanted->fd = fcntl(opened, F_DUPFD_CLOEXEC, parking);
  if (wanted->fd < 0) fail(plan, STEP_STDIN + stream);
  close(opened);
}

/* Before any chroot: its path is the system's. */
static int open_oom(launch_plan *plan) {
  errno = ENOTSUP;
  int file = launch_oom_path == NULL ? -1 : open(launch_oom_path, O_WRONLY | O_CLOEXEC);
  if (file < 0) fail(plan, STEP_OOM_SCORE_ADJ);
  return file;
}

static void set_limits(launch_plan *plan) {
  for (size_t i = 0; i < plan->limit_count; i++) {
    const limit_plan *wanted = &plan->limits[i];
    struct rlimit limit;
    if (getrlimit(wanted->resource, &limit) < 0) fail(plan, STEP_RLIMIT);
    if (wanted->has_hard) limit.rlim_max = wanted->hard;
    if (wanted->has_soft) limit.rlim_cur = wanted->soft;
    /* A soft limit alone goes as far as the hard one permits. */
    if (!wanted->has_hard && limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
    if (setrlimit(wanted->resource, &limit) < 0) fail(plan, STEP_RLIMIT);
  }
}

/* Groups before gid before uid, then the proof: the way back to root must be closed. */
static void drop_privileges(launch_plan *plan) {
  if (plan->has_groups && launch_set_groups(plan->group_count, plan->groups) < 0) fail(plan, STEP_SETGROUPS);
  if (plan->has_gid && launch_set_gid(plan->gid) < 0) fail(plan, STEP_SETGID);
  if (!plan->has_uid) return;
  if (launch_set_uid(plan->uid) < 0) fail(plan, STEP_SETUID);
  if (plan->uid != 0 && launch_prove_drop() < 0) fail(plan, STEP_DROP_CHECK);
}

/* Until it holds us by a descriptor: a short life would else be over, and reaped by init, before. Or it is gone. */
static void await_launcher(const launch_plan *plan) {
  char nothing;
  while (read(plan->report, &nothing, 1) < 0 && errno == EINTR) {}
}

static int become_daemon(void *argument) {
  launch_plan *plan = argument;
  plan->daemon = getpid();
  if (!plan->detach && plan->own_group && setpgid(0, 0) < 0) fail(plan, STEP_SETPGID);
  /* While signals are blocked: a background group gets SIGTTOU for it. A terminal that is gone is no failure. */
  if (plan->terminal >= 0) tcsetpgrp(plan->terminal, getpid());
  if (launch_reset_signals() < 0) fail(plan, STEP_SIGNALS);
  int parking = park_fds(plan);
  umask(plan->umask);
  if (plan->lock_file != NULL) {
    take_lock(plan);
    write_pid_file(plan);
  }
  for (int stream = 0; stream < 3; stream++) open_stdio(plan, stream, parking);
  for (int stream = 0; stream < 3; stream++) place(plan, STEP_STDIN + stream, plan->stdio[stream].fd, stream);
  for (size_t i = 0; i < plan->fd_count; i++) place(plan, STEP_KEEP_FD, plan->fds[i].parked, plan->fds[i].target);
  int oom = plan->has_oom ? open_oom(plan) : -1;

  if (plan->chroot != NULL && chroot(plan->chroot) < 0) fail(plan, STEP_CHROOT);
  if (chdir(plan->cwd) < 0) fail(plan, STEP_CHDIR);
  set_limits(plan);
  if (plan->has_nice && setpriority(PRIO_PROCESS, 0, plan->nice) < 0) fail(plan, STEP_NICE);
  if (plan->has_oom && write(oom, plan->oom_text, strlen(plan->oom_text)) < 0) fail(plan, STEP_OOM_SCORE_ADJ);
  drop_privileges(plan);
  if (plan->no_new_privs && launch_forbid_new_privileges() < 0) fail(plan, STEP_NO_NEW_PRIVS);
  /* After the drop, which would clear it. The parent may be gone already: then go too. */
  if (plan->die_with_parent) {
    if (launch_die_with_parent() < 0) fail(plan, STEP_PDEATHSIG);
    if (getppid() != plan->launcher) _exit(127);
  }

  /* What was parked or opened on the way is CLOEXEC. */
  plan->executes = true;
  if (plan->plain_fork) {
    send_report(plan, STEP_NONE, 0, plan->daemon);
    await_launcher(plan);
  }
  execve(plan->file, plan->argv, plan->environment);
  fail(plan, STEP_EXECVE);
}

static pid_t start(int (*run)(void *), launch_plan *plan, char *stack, launch_role role) {
  if (!plan->plain_fork) return launch_sharing_memory(run, plan, stack + LAUNCH_STACK_BYTES, role, &plan->pidfd);
  pid_t pid = fork();
  if (pid == 0) _exit(run(plan));
  return pid;
}

/* The process in between: leads the new session and ends, so that the daemon never leads it. */
static int lead_session(void *argument) {
  launch_plan *plan = argument;
  if (setsid() < 0) fail(plan, STEP_SETSID);
  if (start(become_daemon, plan, plan->inner_stack, LAUNCH_GRANDCHILD) < 0) fail(plan, STEP_FORK);
  _exit(0);
}

/* --- in the launcher ---------------------------------------------------------------------- */

static napi_value property(napi_env env, napi_value object, const char *name) {
  napi_value value = daimon_undefined(env);
  napi_get_named_property(env, object, name, &value);
  return value;
}

static bool is_nullish(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  return type == napi_null || type == napi_undefined;
}

static bool read_bool(napi_env env, napi_value object, const char *name) {
  bool result = false;
  napi_get_value_bool(env, property(env, object, name), &result);
  return result;
}

static char *read_string(napi_env env, napi_value value) {
  char *text = NULL;
  if (!is_nullish(env, value)) daimon_get_string(env, value, &text);
  return text;
}

static int64_t read_int(napi_env env, napi_value value) {
  int64_t number = 0;
  daimon_get_int(env, value, &number);
  return number;
}

static napi_value element(napi_env env, napi_value array, uint32_t index) {
  napi_value value = daimon_undefined(env);
  napi_get_element(env, array, index, &value);
  return value;
}

static uint32_t length_of(napi_env env, napi_value array) {
  uint32_t length = 0;
  napi_get_array_length(env, array, &length);
  return length;
}

/* A null among them would be their end. */
static char **read_strings(napi_env env, napi_value array) {
  uint32_t length = length_of(env, array);
  char **strings = calloc(length + 1, sizeof *strings);
  for (uint32_t i = 0; strings != NULL && i < length; i++)
    if (!daimon_get_string(env, element(env, array, i), &strings[i])) break;
  return strings;
}

static bool read_limit(napi_env env, napi_value value, rlim_t *limit) {
  char *text = read_string(env, value);
  bool given = text != NULL && *text != '\0';
  if (given) *limit = text[0] == '-' ? RLIM_INFINITY : (rlim_t)strtoull(text, NULL, 10);
  free(text);
  return given;
}

static char *join(const char *text, const char *suffix) {
  size_t length = strlen(text), extra = strlen(suffix);
  char *joined = malloc(length + extra + 1);
  if (joined == NULL) return NULL;
  memcpy(joined, text, length);
  memcpy(joined + length, suffix, extra + 1);
  return joined;
}

static void read_credentials(napi_env env, napi_value given, launch_plan *plan) {
  if (is_nullish(env, given)) return;
  napi_value uid = property(env, given, "uid"), gid = property(env, given, "gid");
  napi_value groups = property(env, given, "groups");
  if ((plan->has_uid = !is_nullish(env, uid))) plan->uid = (uid_t)read_int(env, uid);
  if ((plan->has_gid = !is_nullish(env, gid))) plan->gid = (gid_t)read_int(env, gid);
  if (!(plan->has_groups = !is_nullish(env, groups))) return;
  plan->group_count = length_of(env, groups);
  plan->groups = calloc(plan->group_count + 1, sizeof *plan->groups);
  for (uint32_t i = 0; plan->groups != NULL && i < plan->group_count; i++)
    plan->groups[i] = (gid_t)read_int(env, element(env, groups, i));
}

static void read_plan(napi_env env, napi_value given, launch_plan *plan) {
  plan->detach = read_bool(env, given, "detach");
  plan->own_group = read_bool(env, given, "ownGroup");
  plan->die_with_parent = read_bool(env, given, "dieWithParent");
  napi_value terminal = property(env, given, "terminal");
  plan->terminal = is_nullish(env, terminal) ? -1 : (int)read_int(env, terminal);
  plan->file = read_string(env, property(env, given, "file"));
  plan->argv = read_strings(env, property(env, given, "argv"));
  plan->environment = read_strings(env, property(env, given, "environment"));
  napi_value identity = property(env, given, "identity");
  if (!is_nullish(env, identity)) {
    plan->pid_file = read_string(env, property(env, identity, "pidFile"));
    plan->lock_file = read_string(env, property(env, identity, "lockFile"));
    plan->pid_file_new = plan->pid_file == NULL ? NULL : join(plan->pid_file, ".new");
  }
  plan->chroot = read_string(env, property(env, given, "chroot"));
  plan->cwd = read_string(env, property(env, given, "cwd"));
  plan->umask = (mode_t)read_int(env, property(env, given, "umask"));

  napi_value limits = property(env, given, "limits");
  plan->limit_count = length_of(env, limits);
  plan->limits = calloc(plan->limit_count + 1, sizeof *plan->limits);
  for (uint32_t i = 0; plan->limits != NULL && i < plan->limit_count; i++) {
    napi_value limit = element(env, limits, i);
    plan->limits[i].resource = (int)read_int(env, element(env, limit, 0));
    plan->limits[i].has_soft = read_limit(env, element(env, limit, 1), &plan->limits[i].soft);
    plan->limits[i].has_hard = read_limit(env, element(env, limit, 2), &plan->limits[i].hard);
  }

  napi_value nice = property(env, given, "nice"), oom = property(env, given, "oomScoreAdj");
  if ((plan->has_nice = !is_nullish(env, nice))) plan->nice = (int)read_int(env, nice);
  if ((plan->has_oom = !is_nullish(env, oom))) {
    int number = (int)read_int(env, oom), at = 0;
    unsigned rest = (unsigned)(number < 0 ? -number : number), place = 1;
    if (number < 0) plan->oom_text[at++] = '-';
    while (rest / place >= 10) place *= 10;
    for (; place > 0; place /= 10) plan->oom_text[at++] = (char)('0' + rest / place % 10);
  }
  read_credentials(env, property(env, given, "credentials"), plan);
  plan->no_new_privs = read_bool(env, given, "noNewPrivs");

  napi_value stdio = property(env, given, "stdio");
  for (uint32_t i = 0; i < 3; i++) {
    napi_value stream = element(env, stdio, i);
    plan->stdio[i].path = read_string(env, property(env, stream, "path"));
    if (plan->stdio[i].path == NULL) plan->stdio[i].fd = (int)read_int(env, property(env, stream, "fd"));
    char *mode = read_string(env, property(env, stream, "mode"));
    plan->stdio[i].append = mode != NULL && mode[0] == 'a';
    free(mode);
    char *opening = read_string(env, property(env, stream, "opening"));
    plan->stdio[i].as_user = plan->has_uid && opening != NULL && strcmp(opening, "as-user") == 0;
    plan->stdio[i].own = opening != NULL && strcmp(opening, "own") == 0;
    free(opening);
  }

  napi_value fds = property(env, given, "fds");
  plan->fd_count = length_of(env, fds);
  plan->fds = calloc(plan->fd_count + 1, sizeof *plan->fds);
  for (uint32_t i = 0; plan->fds != NULL && i < plan->fd_count; i++) {
    napi_value pair = element(env, fds, i);
    plan->fds[i].source = (int)read_int(env, element(env, pair, 0));
    plan->fds[i].target = (int)read_int(env, element(env, pair, 1));
  }
}

static void free_strings(char **strings) {
  for (size_t i = 0; strings != NULL && strings[i] != NULL; i++) free(strings[i]);
  free(strings);
}

static void free_plan(launch_plan *plan) {
  free(plan->file);
  free_strings(plan->argv);
  free_strings(plan->environment);
  free(plan->pid_file);
  free(plan->pid_file_new);
  free(plan->lock_file);
  free(plan->chroot);
  free(plan->cwd);
  free(plan->limits);
  free(plan->groups);
  free(plan->fds);
  for (int i = 0; i < 3; i++) free(plan->stdio[i].path);
}

static const char *path_of_step(const launch_plan *plan, int step) {
  switch (step) {
    case STEP_LOCK_FILE: case STEP_LOCK: return plan->lock_file;
    case STEP_PID_FILE: return plan->pid_file;
    case STEP_STDIN: case STEP_STDOUT: case STEP_STDERR: return plan->stdio[step - STEP_STDIN].path;
    case STEP_CHROOT: return plan->chroot;
    case STEP_CHDIR: return plan->cwd;
    case STEP_EXECVE: return plan->file;
    case STEP_OOM_SCORE_ADJ: return launch_oom_path;
    default: return NULL;
  }
}

static napi_value throw_step(napi_env env, const launch_plan *plan, const report_message *failure) {
  const char *name = STEP_NAMES[failure->step], *path = path_of_step(plan, failure->step);
  daimon_throw_errno(env, name, failure->error);
  napi_value error;
  napi_get_and_clear_last_exception(env, &error);
  if (path != NULL) daimon_set(env, error, "path", daimon_string(env, path));
  bool is_owner = failure->step == STEP_LOCK && failure->error == EAGAIN;
  daimon_set(env, error, is_owner ? "ownerPid" : "childPid", daimon_int(env, failure->pid));
  napi_throw(env, error);
  return NULL;
}

/* Reads until every write end is closed: by execve, or by the end of the processes. */
static report_message read_reports(launch_plan *plan, int end) {
  report_message message, failure = {STEP_NONE, 0, 0};
  ssize_t got;
  while ((got = read(end, &message, sizeof message)) != 0) {
    if (got < 0 && errno == EINTR) continue;
    if (got != sizeof message) break;
    if (message.step != STEP_NONE) {
      if (failure.step == STEP_NONE) failure = message;
      continue;
    }
    plan->daemon = message.pid;
    plan->executes = true;
    plan->pidfd = daimon_process_fd(message.pid);
    shutdown(end, SHUT_WR); /* go on */
  }
  /* Closed, and not by execve. */
  if (failure.step == STEP_NONE && !plan->executes) return (report_message){STEP_KILLED, EINTR, plan->daemon};
  return failure;
}

/*
 * Signals stay blocked until the end: no handler may use errno while a process that shares our memory relies
 * on it. Nothing that we call meanwhile fails, so that nothing writes it.
 */
static report_message start_and_listen(launch_plan *plan, int ends[2], char *stacks) {
  plan->inner_stack = stacks + LAUNCH_STACK_BYTES;
  plan->report = ends[1];
  plan->launcher = getpid();
  /* No exit signal from the process in between: the caller's SIGCHLD handler never hears of it. */
  pid_t child = plan->detach ? start(lead_session, plan, stacks, LAUNCH_MIDDLE)
                             : start(become_daemon, plan, stacks, LAUNCH_CHILD);
  report_message failure = {STEP_FORK, errno, 0};
  close(ends[1]);
  if (child < 0) return failure;
  if (!plan->detach) plan->daemon = child;
  failure = read_reports(plan, ends[0]);
  if (plan->detach || failure.step != STEP_NONE)
    while (waitpid(child, NULL, LAUNCH_WAIT_OPTIONS) < 0 && errno == EINTR) {}
  return failure;
}

static report_message carry_out(launch_plan *plan) {
  int ends[2];
  char *stacks = mmap(NULL, 2 * LAUNCH_STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (stacks == MAP_FAILED) return (report_message){STEP_PIPE, errno, 0};
  report_message failure = {STEP_PIPE, 0, 0};
  if ((plan->plain_fork ? daimon_socket_pair(ends) : daimon_pipe(ends, false)) < 0) {
    failure.error = errno;
  } else {
    sigset_t before;
    launch_block_signals(&before);
    failure = start_and_listen(plan, ends, stacks);
    launch_restore_signals(&before);
    close(ends[0]);
  }
  munmap(stacks, 2 * LAUNCH_STACK_BYTES);
  return failure;
}

static napi_value launch(napi_env env, napi_callback_info info) {
  napi_value arguments[2], result = NULL;
  launch_plan plan = {.pidfd = -1};
  daimon_arguments(env, info, arguments, 2);
  read_plan(env, arguments[0], &plan);
  napi_get_value_bool(env, arguments[1], &plan.plain_fork);
#ifdef __SANITIZE_ADDRESS__
  plan.plain_fork = true; /* it knows nothing of a child on another stack of ours */
#endif
  bool pending;
  napi_is_exception_pending(env, &pending);
  if (pending) {
    free_plan(&plan);
    return NULL;
  }

  plan.plain_fork = plan.plain_fork || !launch_shares_memory;
  report_message failure = carry_out(&plan);
  /* Emulators of Linux may refuse what they cannot share: qemu-user does. */
  if (failure.step == STEP_FORK && failure.error == EINVAL && !plan.plain_fork) {
    plan.plain_fork = true;
    failure = carry_out(&plan);
  }
  if (failure.step != STEP_NONE) {
    if (plan.pidfd >= 0) close(plan.pidfd);
    result = throw_step(env, &plan, &failure);
  } else {
    if (plan.pidfd < 0) plan.pidfd = daimon_process_fd(plan.daemon);
    napi_create_object(env, &result);
    daimon_set(env, result, "pid", daimon_int(env, plan.daemon));
    daimon_set(env, result, "pidfd", daimon_int(env, plan.pidfd));
  }
  free_plan(&plan);
  return result;
}

void daimon_register_launch(napi_env env, napi_value exports) {
  static const daimon_function table[] = {{"launch", launch}};
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
