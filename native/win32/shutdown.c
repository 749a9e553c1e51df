/*
 * The request to stop (stop-request.c), told through events, and the capture of signals for JavaScript.
 */
#include "win32.h"
#include "signals.h"
#include "stop-request.h"
#include <stdatomic.h>

#define STDERR_WAIT_MS 100
#define MOST_ARRIVALS 4096
#define LOOK_MS 50 /* for a worker.terminate(), which nothing that can be waited for announces */

static _Atomic uint32_t armed, captured; /* one bit for each signal */

static HANDLE stop_event;    /* set for good once asked */
static HANDLE control_event; /* "look again", for the deadline's thread */
static HANDLE capture_event; /* set while arrivals wait */
static SRWLOCK lock = SRWLOCK_INIT;
static bool keeper_runs;

typedef struct { int32_t number; uint32_t pid; } arrival;
static arrival arrivals[MOST_ARRIVALS];
static size_t first_arrival, arrival_count;

int64_t daimon_now_ns(void) {
  static int64_t frequency;
  LARGE_INTEGER now, each;
  if (frequency == 0) {
    QueryPerformanceFrequency(&each);
    frequency = each.QuadPart;
  }
  QueryPerformanceCounter(&now);
  return now.QuadPart / frequency * 1000000000 + now.QuadPart % frequency * 1000000000 / frequency;
}

static uint32_t bit(int number) { return 1u << number; }

void stop_lock(void) { AcquireSRWLockExclusive(&lock); }

void stop_unlock(void) { ReleaseSRWLockExclusive(&lock); }

void stop_tell(void) { SetEvent(stop_event); }

void stop_look_again(void) {
  if (control_event != NULL) SetEvent(control_event); /* else nobody waits yet */
}

void stop_forget(void) {
  if (stop_event != NULL) ResetEvent(stop_event);
}

/* --- arrivals ----------------------------------------------------------------------------- */

static void note_arrival(int number, uint32_t pid) {
  stop_lock();
  if (arrival_count < MOST_ARRIVALS) /* else thousands wait already */
    arrivals[(first_arrival + arrival_count++) % MOST_ARRIVALS] = (arrival){number, pid};
  SetEvent(capture_event);
  stop_unlock();
}

void daimon_note_signal(int number, uint32_t sender_pid) {
  if (atomic_load(&captured) & bit(number)) note_arrival(number, sender_pid);
  /* -1: Windows has no such number for a user. */
  if (atomic_load(&armed) & bit(number)) stop_note_signal(number, (int32_t)sender_pid, -1);
}

uint32_t daimon_noted_signals(void) { return atomic_load(&armed) | atomic_load(&captured); }

/* --- the deadline ------------------------------------------------------------------------- */

typedef struct { const char *text; size_t length; } report;

static DWORD WINAPI write_report(void *argument) {
  const report *one = argument;
  DWORD written;
  WriteFile(GetStdHandle(STD_ERROR_HANDLE), one->text, (DWORD)one->length, &written, NULL);
  return 0;
}

/* By a thread of its own, which is not waited for long. */
void stop_write_report(const char *text, size_t length) {
  static report one;
  one = (report){text, length};
  HANDLE writer = CreateThread(NULL, 0, write_report, &one, 0, NULL);
  if (writer != NULL) WaitForSingleObject(writer, STDERR_WAIT_MS);
}

void stop_end_process(int exit_code) {
  daimon_end_families();
  TerminateProcess(GetCurrentProcess(), (UINT)exit_code);
  for (;;) Sleep(INFINITE);
}

static DWORD WINAPI keep_deadline(void *unused) {
  (void)unused;
  for (;;) {
    int sleep_ms = stop_keep_deadline();
    WaitForSingleObject(control_event, sleep_ms < 0 ? INFINITE : (DWORD)sleep_ms);
  }
  return 0;
}

/* --- for JavaScript ------------------------------------------------------------------------ */

static bool made(HANDLE *event, BOOL manual) {
  if (*event == NULL) *event = CreateEventW(NULL, manual, FALSE, NULL);
  return *event != NULL;
}

bool stop_open(napi_env env) {
  stop_lock();
  bool open = made(&stop_event, TRUE) && made(&control_event, FALSE) && made(&capture_event, TRUE);
  DWORD error = open ? ERROR_SUCCESS : GetLastError();
  stop_unlock();
  if (!open) daimon_throw_windows(env, "CreateEvent", error, NULL);
  return open;
}

bool stop_start_keeper(napi_env env) {
  stop_lock();
  DWORD error = ERROR_SUCCESS;
  if (!keeper_runs) {
    daimon_stay_loaded();
    HANDLE thread = CreateThread(NULL, 128 * 1024, keep_deadline, NULL, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    keeper_runs = thread != NULL;
    if (keeper_runs) CloseHandle(thread);
    else error = GetLastError();
  }
  stop_unlock();
  if (error != ERROR_SUCCESS) daimon_throw_windows(env, "CreateThread", error, NULL);
  return error == ERROR_SUCCESS;
}

static napi_value stop_fd(napi_env env, napi_callback_info info) {
  (void)info;
  return stop_open(env) ? daimon_handle(env, stop_event) : NULL;
}

bool stop_arm(napi_env env, const bool wanted[STOP_SIGNALS]) {
  (void)env;
  uint32_t bits = 0;
  for (int number = 1; number < DAIMON_SIGNALS; number++)
    if (wanted[number] && daimon_is_signal(number)) bits |= bit(number);
  atomic_store(&armed, bits);
  return true;
}

/* --- capture ------------------------------------------------------------------------------ */

static bool get_signal(napi_env env, napi_callback_info info, int *number) {
  napi_value argument;
  int64_t value;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &value)) return false;
  *number = (int)value;
  return true;
}

/* Signals that only the C library of a process raises in itself (SIGSEGV …) never arrive: nothing to do. */
static napi_value capture_signal(napi_env env, napi_callback_info info) {
  int number;
  if (!get_signal(env, info, &number) || !stop_open(env)) return NULL;
  if (daimon_is_signal(number)) atomic_fetch_or(&captured, bit(number));
  return daimon_undefined(env);
}

static napi_value release_signal(napi_env env, napi_callback_info info) {
  int number;
  if (!get_signal(env, info, &number)) return NULL;
  if (daimon_is_signal(number)) atomic_fetch_and(&captured, ~bit(number));
  return daimon_undefined(env);
}

static napi_value capture_fd(napi_env env, napi_callback_info info) {
  (void)info;
  return stop_open(env) ? daimon_handle(env, capture_event) : NULL;
}

static bool take_arrival(arrival *one) {
  stop_lock();
  bool is_there = arrival_count > 0;
  if (is_there) {
    *one = arrivals[first_arrival];
    first_arrival = (first_arrival + 1) % MOST_ARRIVALS;
    arrival_count--;
  }
  if (arrival_count == 0 && capture_event != NULL) ResetEvent(capture_event);
  stop_unlock();
  return is_there;
}

static napi_value take_signal(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  arrival one;
  if (!take_arrival(&one)) return daimon_null(env);
  napi_create_object(env, &result);
  daimon_set(env, result, "number", daimon_int(env, one.number));
  daimon_set(env, result, "pid", daimon_int(env, one.pid));
  daimon_set(env, result, "uid", daimon_int(env, -1));
  return result;
}

/* captureSignals(numbers): a handle, the caller's, that is set while arrivals wait. */
static napi_value capture_signals(napi_env env, napi_callback_info info) {
  napi_value argument, item;
  uint32_t count = 0;
  int64_t number;
  HANDLE self = GetCurrentProcess(), waits;
  daimon_arguments(env, info, &argument, 1);
  napi_get_array_length(env, argument, &count);
  if (!stop_open(env)) return NULL;
  for (uint32_t i = 0; i < count; i++) {
    napi_get_element(env, argument, i, &item);
    if (!daimon_get_int(env, item, &number)) return NULL;
    if (daimon_is_signal((int)number)) atomic_fetch_or(&captured, bit((int)number));
  }
  if (!DuplicateHandle(self, capture_event, self, &waits, 0, FALSE, DUPLICATE_SAME_ACCESS))
    return daimon_throw_windows(env, "DuplicateHandle", GetLastError(), NULL);
  return daimon_handle(env, waits);
}

/* takeSignals(): all that wait, in their order. */
static napi_value take_signals(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result, entry;
  arrival one;
  napi_create_array_with_length(env, 0, &result);
  for (uint32_t count = 0; take_arrival(&one); count++) {
    napi_create_object(env, &entry);
    daimon_set(env, entry, "number", daimon_int(env, one.number));
    daimon_set(env, entry, "own", daimon_bool(env, false));
    napi_set_element(env, result, count, entry);
  }
  return result;
}

/* --- waiting ------------------------------------------------------------------------------ */

enum { TIMED_OUT = 0, ASKED = 1, SOMETHING_ELSE = 2 };

static napi_value wait_for_stop(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t timeout;
  bool watch_loop = false;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &timeout)) return NULL;
  napi_get_value_bool(env, arguments[1], &watch_loop);
  if (!stop_open(env)) return NULL;
  bool cut_short = watch_loop && (timeout < 0 || timeout > LOOK_MS);
  DWORD wait_ms = cut_short ? LOOK_MS : timeout < 0 ? INFINITE : (DWORD)timeout;
  if (WaitForSingleObject(stop_event, wait_ms) == WAIT_OBJECT_0) return daimon_int(env, ASKED);
  return daimon_int(env, cut_short ? SOMETHING_ELSE : TIMED_OUT);
}

void daimon_register_shutdown(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"stopFd", stop_fd},
    {"waitForStop", wait_for_stop},
    {"captureSignal", capture_signal},
    {"releaseSignal", release_signal},
    {"captureFd", capture_fd},
    {"takeSignal", take_signal},
    {"captureSignals", capture_signals},
    {"takeSignals", take_signals},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
  stop_register(env, exports);
}
