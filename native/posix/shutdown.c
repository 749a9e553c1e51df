/*
 * The request to stop (stop-request.c), brought by signal handlers and told through pipes, and the
 * capture of signals for JavaScript. The handler uses atomics and write(2) only; signal-safety(7).
 */
#include "daimon.h"
#include "descriptors.h"
#include "ending.h"
#include "signal-origin.h"
#include "stop-request.h"
#include "wait-set.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define STDERR_WAIT_MS 100

/* libuv's and not everywhere: only called where the caller says this is Node. */
extern int uv_backend_fd(const struct uv_loop_s *) __attribute__((weak));
extern napi_status napi_get_uv_event_loop(node_api_basic_env, struct uv_loop_s **) __attribute__((weak));

static _Atomic bool armed[STOP_SIGNALS];
static _Atomic bool captured[STOP_SIGNALS];
static struct sigaction previous[STOP_SIGNALS];

static int stop_pipe[2] = {-1, -1};    /* readable for good once asked */
static int control_pipe[2] = {-1, -1}; /* "look again", for the deadline's thread */
static int capture_pipe[2] = {-1, -1}; /* one arrival each */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool keeper_runs;

int64_t daimon_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void stop_lock(void) { pthread_mutex_lock(&lock); }

void stop_unlock(void) { pthread_mutex_unlock(&lock); }

static void poke(int fd) {
  ssize_t written;
  if (fd < 0) return; /* not open yet: nobody waits */
  do written = write(fd, "", 1);
  while (written < 0 && errno == EINTR); /* EAGAIN: full, so it is readable anyway */
}

void stop_tell(void) { poke(stop_pipe[1]); }

void stop_look_again(void) { poke(control_pipe[1]); }

void stop_forget(void) {
  char rest[64];
  while (stop_pipe[0] >= 0 && read(stop_pipe[0], rest, sizeof rest) > 0) {}
}

/* --- the handler -------------------------------------------------------------------------- */

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
    bool told = is_sent(info);
    stop_note_signal(number, told ? info->si_pid : 0, told ? (int32_t)info->si_uid : 0);
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

void stop_write_report(const char *text, size_t length) {
  struct pollfd standard_error = {.fd = STDERR_FILENO, .events = POLLOUT};
  if (poll(&standard_error, 1, STDERR_WAIT_MS) > 0 && (standard_error.revents & POLLOUT))
    if (write(STDERR_FILENO, text, length) < 0) return;
}

void stop_end_process(int exit_code) {
  daimon_end_children();
  _exit(exit_code);
}

static void *keep_deadline(void *unused) {
  (void)unused;
  for (;;) {
    char pokes[64];
    struct pollfd control = {.fd = control_pipe[0], .events = POLLIN};
    int ready = poll(&control, 1, stop_keep_deadline());
    if (ready > 0 && read(control_pipe[0], pokes, sizeof pokes) < 0 && errno != EINTR && errno != EAGAIN) return NULL;
  }
}

/* --- for JavaScript ------------------------------------------------------------------------ */

static bool nonblocking_pipe(int *ends) {
  return ends[0] >= 0 || daimon_pipe(ends, true) == 0;
}

bool stop_open(napi_env env) {
  stop_lock();
  bool open = nonblocking_pipe(stop_pipe) && nonblocking_pipe(control_pipe) && nonblocking_pipe(capture_pipe);
  int error = errno;
  stop_unlock();
  if (!open) daimon_throw_errno(env, "pipe", error);
  return open;
}

bool stop_start_keeper(napi_env env) {
  pthread_attr_t attributes;
  pthread_t thread;
  sigset_t every, before;
  int error = 0;
  stop_lock();
  if (!keeper_runs) {
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 128 * 1024);
    sigfillset(&every); /* signals are for the program's own threads */
    pthread_sigmask(SIG_SETMASK, &every, &before);
    error = pthread_create(&thread, &attributes, keep_deadline, NULL);
    keeper_runs = error == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
  }
  stop_unlock();
  if (error != 0) daimon_throw_errno(env, "pthread_create", error);
  return error == 0;
}

static napi_value stop_fd(napi_env env, napi_callback_info info) {
  (void)info;
  if (!stop_open(env)) return NULL;
  return daimon_int(env, stop_pipe[0]);
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

bool stop_arm(napi_env env, const bool wanted[STOP_SIGNALS]) {
  for (int number = 1; number < STOP_SIGNALS; number++) {
    if (!wanted[number]) disarm_signal(number);
    else if (install_handler(number, armed) < 0) {
      daimon_throw_errno(env, "sigaction", errno);
      return false;
    }
  }
  return true;
}

/* --- capture ------------------------------------------------------------------------------ */

static bool get_signal(napi_env env, napi_callback_info info, int64_t *number) {
  napi_value argument;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, number)) return false;
  if (*number >= 1 && *number < STOP_SIGNALS) return true;
  daimon_throw_errno(env, "sigaction", EINVAL);
  return false;
}

static napi_value capture_signal(napi_env env, napi_callback_info info) {
  int64_t number;
  if (!get_signal(env, info, &number)) return NULL;
  if (!stop_open(env)) return NULL;
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
  if (!stop_open(env)) return NULL;
  return daimon_int(env, capture_pipe[0]);
}

static napi_value take_signal(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  arrival one;
  ssize_t got;
  do got = read(capture_pipe[0], &one, sizeof one);
  while (got < 0 && errno == EINTR);
  if (got != sizeof one) return daimon_null(env);
  napi_create_object(env, &result);
  daimon_set(env, result, "number", daimon_int(env, one.number));
  daimon_set(env, result, "pid", daimon_int(env, one.pid));
  daimon_set(env, result, "uid", daimon_int(env, one.uid));
  return result;
}

/* --- waiting ------------------------------------------------------------------------------ */

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
  if (!stop_open(env)) return NULL;
  if (*wait < 0 && (*wait = open_wait(env, watch_loop)) < 0) return daimon_throw_errno(env, "wait", errno);
  int64_t until = daimon_now_ns() + timeout * 1000000;
  int ready;
  do {
    int64_t left = (until - daimon_now_ns() + 999999) / 1000000;
    int limit = timeout < 0 ? -1 : left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
    ready = daimon_wait(*wait, &event, 1, limit);
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) return daimon_throw_errno(env, "wait", errno);
  return daimon_int(env, ready == 0 ? 0 : (int64_t)event);
}

void daimon_register_shutdown(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"stopFd", stop_fd},
    {"captureSignal", capture_signal},
    {"releaseSignal", release_signal},
    {"captureFd", capture_fd},
    {"takeSignal", take_signal},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
  stop_register(env, exports);

  /* Each environment keeps its own way of waiting, as each has its own event loop. */
  int *wait = malloc(sizeof *wait);
  napi_value function;
  if (wait == NULL) return;
  *wait = -1;
  napi_create_function(env, "waitForStop", NAPI_AUTO_LENGTH, wait_for_stop, wait, &function);
  daimon_set(env, exports, "waitForStop", function);
  napi_add_env_cleanup_hook(env, close_wait, wait);
}
