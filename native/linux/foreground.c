/*
 * What a process in the foreground needs: every signal of its own to pass on, and job control.
 *
 * Signals are blocked in every thread and read from a signalfd(2): the kernel's queue is the queue,
 * so nothing is lost before there is somebody to pass it to, nothing is reordered between threads
 * that would each run a handler, and a fault of our own (SIGSEGV, an abort) still ends us, as the
 * kernel does not let those be blocked: sigaction(2).
 */
#include "linux.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define KERNEL_SIGSET_BYTES 8
#define BATCH 32
#define ERRAND SIGURG /* ignored by default: should one be late, it does no harm */
#define MOST_LOOKS 1000 /* of one millisecond each */

static uint64_t bit_of(int number) { return (uint64_t)1 << (number - 1); }

/* --- blocking in every thread ---------------------------------------------------------------- */

static volatile uint64_t wanted;

/* Runs once in each other thread: what it changes is the mask that the thread returns to. */
static void block_here(int number, siginfo_t *info, void *context) {
  if (info->si_code == SI_TKILL && info->si_pid == getpid()) {
    uint64_t mask;
    sigset_t *returned_to = &((ucontext_t *)context)->uc_sigmask;
    memcpy(&mask, returned_to, sizeof mask);
    mask |= wanted;
    memcpy(returned_to, &mask, sizeof mask);
  } else kill(getpid(), number); /* somebody else's: pending until it is read */
}

/* Line by line: before the mask stand the groups, of which there may be 65,536. proc_pid_status(5), getgroups(2) */
static bool shows_mask(FILE *status) {
  char line[512];
  while (fgets(line, sizeof line, status) != NULL)
    if (strncmp(line, "SigBlk:", 7) == 0) return (strtoull(line + 7, NULL, 16) & wanted) == wanted;
  return false;
}

static bool thread_blocks(int tasks, const char *thread) {
  char path[32];
  size_t length = strlen(thread);
  if (length > 16) return true;
  memcpy(path, thread, length);
  memcpy(path + length, "/status", 8);
  int file = openat(tasks, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return true; /* it has ended */
  FILE *status = fdopen(file, "r");
  if (status == NULL) {
    close(file);
    return false;
  }
  bool blocks = shows_mask(status) || ferror(status); /* ESRCH: ended since */
  fclose(status);
  return blocks;
}

/* One look at all threads; sends those that do not block yet on their errand. */
static int count_unblocked(bool send) {
  int count = 0;
  DIR *folder = opendir("/proc/self/task");
  if (folder == NULL) return -1;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (entry->d_name[0] == '.' || thread_blocks(dirfd(folder), entry->d_name)) continue;
    count++;
    if (send) syscall(SYS_tgkill, getpid(), (pid_t)strtol(entry->d_name, NULL, 10), ERRAND);
  }
  closedir(folder);
  return count;
}

/* Threads made from now on inherit the mask of the calling one. pthread_create(3). */
static int block_everywhere(void) {
  struct sigaction errand = {.sa_sigaction = block_here, .sa_flags = SA_SIGINFO | SA_RESTART}, before;
  uint64_t mask = wanted;
  if (syscall(SYS_rt_sigprocmask, SIG_BLOCK, &mask, NULL, KERNEL_SIGSET_BYTES) < 0) return errno;
  if (sigaction(ERRAND, &errand, &before) < 0) return errno;
  int left = count_unblocked(true);
  for (int looks = 0; left > 0 && looks < MOST_LOOKS; looks++) {
    struct timespec pause = {0, looks == 0 ? 50000 : 1000000};
    nanosleep(&pause, NULL);
    left = count_unblocked(false);
  }
  int error = left < 0 ? errno : left > 0 ? ETIMEDOUT : 0;
  if (error == 0) sigaction(ERRAND, &before, NULL);
  return error;
}

static napi_value capture_signals(napi_env env, napi_callback_info info) {
  napi_value numbers, item;
  uint32_t count = 0;
  int64_t number;
  daimon_arguments(env, info, &numbers, 1);
  napi_get_array_length(env, numbers, &count);
  uint64_t mask = 0;
  for (uint32_t i = 0; i < count; i++) {
    napi_get_element(env, numbers, i, &item);
    if (!daimon_get_int(env, item, &number)) return NULL;
    if (number < 1 || number > 64) return daimon_throw_errno(env, "signalfd", EINVAL);
    mask |= bit_of((int)number);
  }
  wanted = mask;
  int error = block_everywhere();
  if (error != 0) return daimon_throw_errno(env, "rt_sigprocmask", error);
  /* Raw: the C library would leave out what it takes for its own. */
  long fd = syscall(SYS_signalfd4, -1, &mask, KERNEL_SIGSET_BYTES, SFD_CLOEXEC | SFD_NONBLOCK);
  return fd < 0 ? daimon_throw_errno(env, "signalfd", errno) : daimon_int(env, fd);
}

static napi_value take_signals(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  int64_t fd;
  uint32_t taken = 0;
  struct signalfd_siginfo batch[BATCH];
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &fd)) return NULL;
  napi_create_array(env, &result);
  for (;;) {
    ssize_t got = read((int)fd, batch, sizeof batch);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != EAGAIN) return daimon_throw_errno(env, "read", errno);
    if (got <= 0) return result;
    for (size_t i = 0; i < (size_t)got / sizeof *batch; i++) {
      napi_value signal, own;
      napi_create_object(env, &signal);
      daimon_set(env, signal, "number", daimon_int(env, batch[i].ssi_signo));
      /* From outside our pid namespace the sender is 0. */
      napi_get_boolean(env, batch[i].ssi_code <= 0 && (pid_t)batch[i].ssi_pid == getpid(), &own);
      daimon_set(env, signal, "own", own);
      napi_set_element(env, result, taken++, signal);
    }
  }
}

/* --- job control ------------------------------------------------------------------------------ */

static bool is_pending(int number) {
  uint64_t pending = 0;
  syscall(SYS_rt_sigpending, &pending, KERNEL_SIGSET_BYTES);
  return (pending & bit_of(number)) != 0;
}

/*
 * Stops as its default action would have: the kernel decides whether that is possible. It is not in
 * an orphaned process group, where nobody would continue us, nor for the first process of a
 * namespace: then this returns at once. POSIX.1-2024 XSH 2.4.3; sending a stop signal discards a
 * pending SIGCONT, so one that is pending afterwards has woken us.
 */
static napi_value suspend(napi_env env, napi_callback_info info, pid_t whom) {
  napi_value argument, result;
  int64_t number;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &number)) return NULL;
  uint64_t stop = bit_of((int)number), before;
  if (kill(whom, (int)number) < 0) return daimon_throw_errno(env, "kill", errno);
  syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &stop, &before, KERNEL_SIGSET_BYTES);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, KERNEL_SIGSET_BYTES);
  napi_get_boolean(env, is_pending(SIGCONT), &result);
  return result;
}

static napi_value suspend_self(napi_env env, napi_callback_info info) { return suspend(env, info, getpid()); }

static napi_value suspend_group(napi_env env, napi_callback_info info) { return suspend(env, info, 0); }

void daimon_register_foreground(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"captureSignals", capture_signals},
    {"takeSignals", take_signals},
    {"suspendSelf", suspend_self},
    {"suspendGroup", suspend_group},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
