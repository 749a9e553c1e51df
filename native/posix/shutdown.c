/*
 * The request to stop. A signal handler writes it into memory that every thread of the process
 * reads, so that it is seen by loops that never yield; a thread of ours keeps the deadline, so that
 * it holds while the event loop is blocked. Both sleep in the kernel until there is a signal.
 *
 * One state for the whole process, whatever number of environments (worker threads) load the addon.
 * The handler uses atomics and write(2) only; signal-safety(7).
 */
#include "daimon.h"
#include "descriptors.h"
#include "ending.h"
#include "signal-origin.h"
#include "wait-set.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SIGNALS 65
#define PENDING_BYTES 3500 /* with the sentence around it below PIPE_BUF: written in one piece */
#define STDERR_WAIT_MS 100

/* libuv's and not everywhere: only called where the caller says this is Node. */
extern int uv_backend_fd(const struct uv_loop_s *) __attribute__((weak));
extern napi_status napi_get_uv_event_loop(node_api_basic_env, struct uv_loop_s **) __attribute__((weak));

/* The layout that native-shutdown.ts tells. */
static struct {
  _Atomic int32_t asked, count, sender_pid, sender_uid, last_signal, noted, spare[2];
  _Atomic int64_t asked_ns;
} memory;

static _Atomic int64_t deadline_ns;      /* 0: none */
static _Atomic int64_t last_signal_ns;   /* 0: none yet */
static _Atomic int64_t grace_ns, burst_ns;
static _Atomic int32_t insisted;         /* the second signal */
static _Atomic int32_t exit_code;        /* at the deadline */
static _Atomic bool quiet;               /* an end without a report */

static _Atomic bool armed[SIGNALS];
static _Atomic bool captured[SIGNALS];
static int forced_exit_code[SIGNALS];
static struct sigaction previous[SIGNALS];

static int stop_pipe[2] = {-1, -1};    /* readable for good once asked */
static int control_pipe[2] = {-1, -1}; /* "look again", for the deadline's thread */
static int capture_pipe[2] = {-1, -1}; /* one arrival each */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* never taken by the handler */
static bool keeper_runs;
static char pending[PENDING_BYTES + 1];

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void poke(int fd) {
  ssize_t written;
  do written = write(fd, "", 1);
  while (written < 0 && errno == EINTR); /* EAGAIN: full, so it is readable anyway */
}

/* --- asking ------------------------------------------------------------------------------- */

static bool ask(int32_t what, int32_t code, int64_t now) {
  int32_t nothing = 0;
  if (!atomic_compare_exchange_strong(&memory.asked, &nothing, what)) return false;
  atomic_store(&memory.asked_ns, now);
  atomic_store(&exit_code, code);
  atomic_store(&deadline_ns, now + atomic_load(&grace_ns));
  poke(stop_pipe[1]);
  poke(control_pipe[1]);
  return true;
}

typedef struct { int32_t number, pid, uid; } arrival;

static void note_arrival(int number, const siginfo_t *info) {
  bool told = is_sent(info);
  arrival one = {number, told ? info->si_pid : 0, told ? (int32_t)info->si_uid : 0};
  ssize_t written;
  do written = write(capture_pipe[1], &one, sizeof one);
  while (written < 0 && errno == EINTR); /* EAGAIN: thousands wait already */
}

static void on_signal(int number, siginfo_t *info, void *context) {
  int error = errno;
  if (is_own_fault(number, info)) {
    sigaction(number, &previous[number], NULL);
    errno = error;
    return;
  }
  if (atomic_load(&captured[number])) note_arrival(number, info);
  if (atomic_load(&armed[number])) {
    int64_t now = now_ns(), before = atomic_exchange(&last_signal_ns, now);
    atomic_fetch_add(&memory.count, 1);
    atomic_store(&memory.last_signal, number);
    if (before == 0) {
      bool told = is_sent(info);
      atomic_store(&memory.sender_pid, told ? info->si_pid : 0);
      atomic_store(&memory.sender_uid, told ? (int32_t)info->si_uid : 0);
      ask(number, forced_exit_code[number], now);
    } else if (now - before > atomic_load(&burst_ns)) {
      atomic_store(&exit_code, forced_exit_code[number]);
      atomic_store(&insisted, number);
      poke(control_pipe[1]);
    }
  }
  const struct sigaction *next = &previous[number];
  errno = error;
  /* Node's own, which ends the process: it raises the signal again, and counts on being gone by then. */
  if (next->sa_flags & SA_RESETHAND) return;
  if (next->sa_flags & SA_SIGINFO) next->sa_sigaction(number, info, context);
  else if (next->sa_handler != SIG_DFL && next->sa_handler != SIG_IGN) next->sa_handler(number);
  errno = error;
}

/* --- the deadline ------------------------------------------------------------------------- */

static size_t append(char *text, size_t at, const char *part) {
  while (*part) text[at++] = *part++;
  return at;
}

static size_t append_number(char *text, size_t at, int64_t number) {
  char digits[24];
  size_t count = 0;
  do digits[count++] = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  while (count > 0) text[at++] = digits[--count];
  return at;
}

/* stderr may be a pipe that nobody reads or a stopped terminal: never wait for it long. */
static void report(const char *cause) {
  char text[PENDING_BYTES + 512];
  size_t at = append(text, 0, "daimon: ");
  at = append(text, at, cause);
  at = append(text, at, " (after ");
  at = append_number(text, at, (now_ns() - atomic_load(&memory.asked_ns)) / 1000000);
  at = append(text, at, " ms): ending the process with exit code ");
  at = append_number(text, at, atomic_load(&exit_code));
  if (!atomic_load(&memory.noted)) at = append(text, at, "; the event loop is blocked and has not seen the request");
  pthread_mutex_lock(&lock);
  if (pending[0]) at = append(text, append(text, at, ". Still pending:\n"), pending);
  pthread_mutex_unlock(&lock);
  text[at++] = '\n';
  struct pollfd standard_error = {.fd = STDERR_FILENO, .events = POLLOUT};
  if (poll(&standard_error, 1, STDERR_WAIT_MS) > 0 && (standard_error.revents & POLLOUT))
    if (write(STDERR_FILENO, text, at) < 0) return;
}

static void end_process(const char *cause) __attribute__((noreturn));
static void end_process(const char *cause) {
  if (cause != NULL) report(cause);
  daimon_end_children();
  _exit(atomic_load(&exit_code));
}

static void *keep_deadline(void *unused) {
  (void)unused;
  for (;;) {
    char pokes[64];
    int64_t due = atomic_load(&deadline_ns), left = due - now_ns();
    int timeout = due == 0 ? -1 : left <= 0 ? 0 : left / 1000000 > 86400000 ? 86400000 : (int)(left / 1000000) + 1;
    struct pollfd control = {.fd = control_pipe[0], .events = POLLIN};
    if (poll(&control, 1, timeout) > 0 && read(control_pipe[0], pokes, sizeof pokes) < 0 && errno != EINTR && errno != EAGAIN)
      return NULL;
    if (atomic_load(&insisted) != 0) end_process("a second signal arrived");
    due = atomic_load(&deadline_ns);
    if (due != 0 && now_ns() >= due) end_process(atomic_load(&quiet) ? NULL : "the time to stop is over");
  }
}

/* --- for JavaScript ------------------------------------------------------------------------ */

static bool nonblocking_pipe(int *ends) {
  return ends[0] >= 0 || daimon_pipe(ends, true) == 0;
}

static bool open_pipes(void) {
  pthread_mutex_lock(&lock);
  bool open = nonblocking_pipe(stop_pipe) && nonblocking_pipe(control_pipe) && nonblocking_pipe(capture_pipe);
  pthread_mutex_unlock(&lock);
  return open;
}

static bool start_keeper(void) {
  pthread_attr_t attributes;
  pthread_t thread;
  sigset_t every, before;
  pthread_mutex_lock(&lock);
  if (!keeper_runs) {
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 128 * 1024);
    sigfillset(&every); /* signals are for the program's own threads */
    pthread_sigmask(SIG_SETMASK, &every, &before);
    errno = pthread_create(&thread, &attributes, keep_deadline, NULL);
    keeper_runs = errno == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
  }
  pthread_mutex_unlock(&lock);
  return keeper_runs;
}

static napi_value stop_memory(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  napi_status status = napi_create_external_arraybuffer(env, &memory, sizeof memory, NULL, NULL, &result);
  if (status != napi_ok) return daimon_throw_errno(env, "napi_create_external_arraybuffer", ENOSYS);
  return result;
}

static napi_value stop_fd(napi_env env, napi_callback_info info) {
  (void)info;
  if (!open_pipes()) return daimon_throw_errno(env, "pipe", errno);
  return daimon_int(env, stop_pipe[0]);
}

static bool get_element(napi_env env, napi_value array, uint32_t index, int64_t *result) {
  napi_value item;
  return napi_get_element(env, array, index, &item) == napi_ok && daimon_get_int(env, item, result);
}

/* All is in its place before our handler is: it may run at once. */
static int install_handler(int number, _Atomic bool *use) {
  struct sigaction ours = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
  sigfillset(&ours.sa_mask);
  bool is_there = atomic_load(&armed[number]) || atomic_load(&captured[number]);
  if (!is_there && sigaction(number, NULL, &previous[number]) < 0) return -1;
  atomic_store(&use[number], true);
  if (is_there || sigaction(number, &ours, NULL) == 0) return 0;
  atomic_store(&use[number], false);
  return -1;
}

static void remove_handler(int number) {
  struct sigaction current;
  if (atomic_load(&armed[number]) || atomic_load(&captured[number])) return;
  /* Someone else's handler in front of ours would be lost: leave it, ours then only passes on. */
  if (sigaction(number, NULL, &current) == 0 && (current.sa_flags & SA_SIGINFO) && current.sa_sigaction == on_signal)
    sigaction(number, &previous[number], NULL);
}

static void disarm_signal(int number) {
  if (atomic_exchange(&armed[number], false)) remove_handler(number);
}

static napi_value arm_stop(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  int64_t grace, burst, number, code;
  uint32_t count = 0;
  daimon_arguments(env, info, arguments, 4);
  napi_get_array_length(env, arguments[0], &count);
  if (!daimon_get_int(env, arguments[2], &grace) || !daimon_get_int(env, arguments[3], &burst)) return NULL;
  if (!open_pipes()) return daimon_throw_errno(env, "pipe", errno);
  if (!start_keeper()) return daimon_throw_errno(env, "pthread_create", errno);
  atomic_store(&grace_ns, grace * 1000000);
  atomic_store(&burst_ns, burst * 1000000);
  bool wanted[SIGNALS] = {false};
  for (uint32_t i = 0; i < count; i++) {
    if (!get_element(env, arguments[0], i, &number) || !get_element(env, arguments[1], i, &code)) return NULL;
    if (number < 1 || number >= SIGNALS) continue;
    wanted[number] = true;
    forced_exit_code[number] = (int)code;
    if (install_handler((int)number, armed) < 0) return daimon_throw_errno(env, "sigaction", errno);
  }
  for (int other = 1; other < SIGNALS; other++)
    if (!wanted[other]) disarm_signal(other);
  return daimon_undefined(env);
}

static napi_value disarm_stop(napi_env env, napi_callback_info info) {
  (void)info;
  char rest[64];
  for (int number = 1; number < SIGNALS; number++) disarm_signal(number);
  atomic_store(&deadline_ns, 0);
  atomic_store(&insisted, 0);
  atomic_store(&quiet, false);
  atomic_store(&last_signal_ns, 0);
  atomic_store(&memory.count, 0);
  atomic_store(&memory.last_signal, 0);
  atomic_store(&memory.noted, 0);
  atomic_store(&memory.asked_ns, 0);
  atomic_store(&memory.asked, 0);
  while (stop_pipe[0] >= 0 && read(stop_pipe[0], rest, sizeof rest) > 0) {}
  pthread_mutex_lock(&lock);
  pending[0] = '\0';
  pthread_mutex_unlock(&lock);
  if (control_pipe[1] >= 0) poke(control_pipe[1]);
  return daimon_undefined(env);
}

/* --- capture ------------------------------------------------------------------------------ */

static bool get_signal(napi_env env, napi_callback_info info, int64_t *number) {
  napi_value argument;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, number)) return false;
  if (*number >= 1 && *number < SIGNALS) return true;
  daimon_throw_errno(env, "sigaction", EINVAL);
  return false;
}

static napi_value capture_signal(napi_env env, napi_callback_info info) {
  int64_t number;
  if (!get_signal(env, info, &number)) return NULL;
  if (!open_pipes()) return daimon_throw_errno(env, "pipe", errno);
  if (install_handler((int)number, captured) < 0) return daimon_throw_errno(env, "sigaction", errno);
  return daimon_undefined(env);
}

static napi_value release_signal(napi_env env, napi_callback_info info) {
  int64_t number;
  if (!get_signal(env, info, &number)) return NULL;
  if (atomic_exchange(&captured[number], false)) remove_handler((int)number);
  return daimon_undefined(env);
}

static napi_value capture_fd(napi_env env, napi_callback_info info) {
  (void)info;
  if (!open_pipes()) return daimon_throw_errno(env, "pipe", errno);
  return daimon_int(env, capture_pipe[0]);
}

static napi_value take_signal(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  arrival one;
  ssize_t got;
  do got = read(capture_pipe[0], &one, sizeof one);
  while (got < 0 && errno == EINTR);
  if (got != sizeof one) {
    napi_get_null(env, &result);
    return result;
  }
  napi_create_object(env, &result);
  daimon_set(env, result, "number", daimon_int(env, one.number));
  daimon_set(env, result, "pid", daimon_int(env, one.pid));
  daimon_set(env, result, "uid", daimon_int(env, one.uid));
  return result;
}

/* --- requests from JavaScript -------------------------------------------------------------- */

static napi_value request_stop(napi_env env, napi_callback_info info) {
  napi_value arguments[2], result;
  int64_t cause, code;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &cause) || !daimon_get_int(env, arguments[1], &code)) return NULL;
  if (!open_pipes()) return daimon_throw_errno(env, "pipe", errno);
  napi_get_boolean(env, ask((int32_t)cause, (int32_t)code, now_ns()), &result);
  return result;
}

static napi_value note_stop(napi_env env, napi_callback_info info) {
  (void)info;
  atomic_store(&memory.noted, 1);
  int64_t asked = atomic_load(&memory.asked_ns); /* 0: a handler on another thread is just writing it */
  return daimon_int(env, asked == 0 ? 0 : (now_ns() - asked) / 1000000);
}

static napi_value describe_pending(napi_env env, napi_callback_info info) {
  napi_value argument;
  char text[PENDING_BYTES + 1] = "";
  daimon_arguments(env, info, &argument, 1);
  napi_get_value_string_utf8(env, argument, text, sizeof text, NULL);
  pthread_mutex_lock(&lock);
  memcpy(pending, text, sizeof pending);
  pthread_mutex_unlock(&lock);
  return daimon_undefined(env);
}

static napi_value end_process_within(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t timeout, code;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &timeout) || !daimon_get_int(env, arguments[1], &code)) return NULL;
  if (!open_pipes() || !start_keeper()) return daimon_throw_errno(env, "pthread_create", errno);
  atomic_store(&exit_code, (int32_t)code);
  atomic_store(&quiet, true);
  atomic_store(&deadline_ns, now_ns() + timeout * 1000000);
  poke(control_pipe[1]);
  return daimon_undefined(env);
}

/*
 * What already waits in the event loop is told once per wait, what comes later once each.
 */
#define STOP_ASKED 1
#define LOOP_HAS_WORK 2

static int open_wait(napi_env env, bool watch_loop) {
  struct uv_loop_s *loop;
  int wait = daimon_wait_set();
  if (wait < 0) return -1;
  if (daimon_wait_add(wait, stop_pipe[0], WAIT_ALWAYS, STOP_ASKED) < 0) {
    close(wait);
    return -1;
  }
  if (watch_loop && napi_get_uv_event_loop != NULL && uv_backend_fd != NULL && napi_get_uv_event_loop(env, &loop) == napi_ok)
    daimon_wait_add(wait, uv_backend_fd(loop), WAIT_NEWS, LOOP_HAS_WORK);
  return wait;
}

static void close_wait(void *slot) {
  if (*(int *)slot >= 0) close(*(int *)slot);
  free(slot);
}

static napi_value wait_for_stop(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2;
  void *data;
  int64_t timeout;
  bool watch_loop = false;
  uint64_t event = 0;
  napi_get_cb_info(env, info, &count, arguments, NULL, &data);
  int *wait = data;
  if (!daimon_get_int(env, arguments[0], &timeout)) return NULL;
  napi_get_value_bool(env, arguments[1], &watch_loop);
  if (!open_pipes()) return daimon_throw_errno(env, "pipe", errno);
  if (*wait < 0 && (*wait = open_wait(env, watch_loop)) < 0) return daimon_throw_errno(env, "wait", errno);
  int64_t until = now_ns() + timeout * 1000000;
  int ready;
  do {
    int64_t left = (until - now_ns() + 999999) / 1000000;
    int limit = timeout < 0 ? -1 : left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
    ready = daimon_wait(*wait, &event, 1, limit);
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) return daimon_throw_errno(env, "wait", errno);
  return daimon_int(env, ready == 0 ? 0 : (int64_t)event);
}

void daimon_register_shutdown(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"stopMemory", stop_memory},
    {"stopFd", stop_fd},
    {"armStop", arm_stop},
    {"disarmStop", disarm_stop},
    {"requestStop", request_stop},
    {"noteStop", note_stop},
    {"describePending", describe_pending},
    {"endProcessWithin", end_process_within},
    {"captureSignal", capture_signal},
    {"releaseSignal", release_signal},
    {"captureFd", capture_fd},
    {"takeSignal", take_signal},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);

  /* Each environment keeps its own way of waiting, as each has its own event loop. */
  int *wait = malloc(sizeof *wait);
  napi_value function;
  if (wait == NULL) return;
  *wait = -1;
  napi_create_function(env, "waitForStop", NAPI_AUTO_LENGTH, wait_for_stop, wait, &function);
  daimon_set(env, exports, "waitForStop", function);
  napi_add_env_cleanup_hook(env, close_wait, wait);
}
