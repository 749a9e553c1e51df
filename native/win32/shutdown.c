/*
 * The request to stop, on Windows. Whoever brings a signal writes it into memory that every thread of the
 * process reads, so that it is seen by loops that never yield; a thread of ours keeps the deadline, so
 * that it holds while the event loop is blocked. Both sleep in the kernel until there is a signal.
 *
 * One state for the whole process, whatever number of environments (worker threads) load the addon.
 * The same functions as native/posix/shutdown.c, with events where that has pipes.
 */
#include "win32.h"
#include "signals.h"
#include <stdatomic.h>
#include <string.h>

#define PENDING_BYTES 3500
#define REPORT_BYTES (PENDING_BYTES + 512)
#define STDERR_WAIT_MS 100
#define MOST_ARRIVALS 4096
#define LONGEST_WAIT_MS 86400000
#define LOOK_MS 50 /* for a worker.terminate(), which nothing that can be waited for announces */

/* The layout that native-shutdown.ts tells. */
static struct {
  _Atomic int32_t asked, count, sender_pid, sender_uid, last_signal, noted, spare[2];
  _Atomic int64_t asked_ns;
} memory;

static _Atomic int64_t deadline_ns;    /* 0: none */
static _Atomic int64_t last_signal_ns; /* 0: none yet */
static _Atomic int64_t grace_ns, burst_ns;
static _Atomic int32_t insisted;       /* the second signal */
static _Atomic int32_t exit_code;      /* at the deadline */
static _Atomic bool quiet;             /* an end without a report */

static _Atomic uint32_t armed, captured; /* one bit for each signal */
static int forced_exit_code[DAIMON_SIGNALS];

static HANDLE stop_event;    /* set for good once asked */
static HANDLE control_event; /* "look again", for the deadline's thread */
static HANDLE capture_event; /* set while arrivals wait */
static SRWLOCK lock = SRWLOCK_INIT;
static bool keeper_runs;
static char pending[PENDING_BYTES + 1];

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

/* --- asking ------------------------------------------------------------------------------- */

static bool ask(int32_t what, int32_t code, int64_t now) {
  int32_t nothing = 0;
  if (!atomic_compare_exchange_strong(&memory.asked, &nothing, what)) return false;
  atomic_store(&memory.asked_ns, now);
  atomic_store(&exit_code, code);
  atomic_store(&deadline_ns, now + atomic_load(&grace_ns));
  SetEvent(stop_event);
  SetEvent(control_event);
  return true;
}

static void note_arrival(int number, uint32_t pid) {
  AcquireSRWLockExclusive(&lock);
  if (arrival_count < MOST_ARRIVALS) /* else thousands wait already */
    arrivals[(first_arrival + arrival_count++) % MOST_ARRIVALS] = (arrival){number, pid};
  SetEvent(capture_event);
  ReleaseSRWLockExclusive(&lock);
}

void daimon_note_signal(int number, uint32_t sender_pid) {
  if (atomic_load(&captured) & bit(number)) note_arrival(number, sender_pid);
  if (!(atomic_load(&armed) & bit(number))) return;
  int64_t now = daimon_now_ns(), before = atomic_exchange(&last_signal_ns, now);
  atomic_fetch_add(&memory.count, 1);
  atomic_store(&memory.last_signal, number);
  if (before == 0) {
    atomic_store(&memory.sender_pid, (int32_t)sender_pid);
    atomic_store(&memory.sender_uid, -1); /* Windows has none */
    ask(number, forced_exit_code[number], now);
  } else if (now - before > atomic_load(&burst_ns)) {
    atomic_store(&exit_code, forced_exit_code[number]);
    atomic_store(&insisted, number);
    SetEvent(control_event);
  }
}

uint32_t daimon_noted_signals(void) { return atomic_load(&armed) | atomic_load(&captured); }

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

static char report_text[REPORT_BYTES];

static DWORD WINAPI write_report(void *length) {
  DWORD written;
  WriteFile(GetStdHandle(STD_ERROR_HANDLE), report_text, (DWORD)(size_t)length, &written, NULL);
  return 0;
}

/* stderr may be a pipe that nobody reads: a thread of its own writes, which is not waited for long. */
static void report(const char *cause) {
  char *text = report_text;
  size_t at = append(text, 0, "daimon: ");
  at = append(text, at, cause);
  at = append(text, at, " (after ");
  at = append_number(text, at, (daimon_now_ns() - atomic_load(&memory.asked_ns)) / 1000000);
  at = append(text, at, " ms): ending the process with exit code ");
  at = append_number(text, at, atomic_load(&exit_code));
  if (!atomic_load(&memory.noted)) at = append(text, at, "; the event loop is blocked and has not seen the request");
  AcquireSRWLockShared(&lock);
  if (pending[0]) at = append(text, append(text, at, ". Still pending:\n"), pending);
  ReleaseSRWLockShared(&lock);
  text[at++] = '\n';
  HANDLE writer = CreateThread(NULL, 0, write_report, (void *)at, 0, NULL);
  if (writer != NULL) WaitForSingleObject(writer, STDERR_WAIT_MS);
}

static void end_process(const char *cause) __attribute__((noreturn));
static void end_process(const char *cause) {
  if (cause != NULL) report(cause);
  daimon_end_families();
  TerminateProcess(GetCurrentProcess(), (UINT)atomic_load(&exit_code));
  for (;;) Sleep(INFINITE);
}

static DWORD WINAPI keep_deadline(void *unused) {
  (void)unused;
  for (;;) {
    int64_t due = atomic_load(&deadline_ns), left_ms = (due - daimon_now_ns()) / 1000000 + 1;
    DWORD timeout = due == 0 ? INFINITE : left_ms <= 0 ? 0 : left_ms > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : (DWORD)left_ms;
    WaitForSingleObject(control_event, timeout);
    if (atomic_load(&insisted) != 0) end_process("a second signal arrived");
    due = atomic_load(&deadline_ns);
    if (due != 0 && daimon_now_ns() >= due) end_process(atomic_load(&quiet) ? NULL : "the time to stop is over");
  }
}

/* --- for JavaScript ------------------------------------------------------------------------ */

static bool made(HANDLE *event, BOOL manual) {
  if (*event == NULL) *event = CreateEventW(NULL, manual, FALSE, NULL);
  return *event != NULL;
}

/* Throws when they cannot be had. */
static bool open_events(napi_env env) {
  AcquireSRWLockExclusive(&lock);
  bool open = made(&stop_event, TRUE) && made(&control_event, FALSE) && made(&capture_event, TRUE);
  DWORD error = open ? ERROR_SUCCESS : GetLastError();
  ReleaseSRWLockExclusive(&lock);
  if (!open) daimon_throw_windows(env, "CreateEvent", error, NULL);
  return open;
}

static bool start_keeper(napi_env env) {
  AcquireSRWLockExclusive(&lock);
  DWORD error = ERROR_SUCCESS;
  if (!keeper_runs) {
    daimon_stay_loaded();
    HANDLE thread = CreateThread(NULL, 128 * 1024, keep_deadline, NULL, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    keeper_runs = thread != NULL;
    if (keeper_runs) CloseHandle(thread);
    else error = GetLastError();
  }
  ReleaseSRWLockExclusive(&lock);
  if (error != ERROR_SUCCESS) daimon_throw_windows(env, "CreateThread", error, NULL);
  return error == ERROR_SUCCESS;
}

static napi_value stop_memory(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  napi_status status = napi_create_external_arraybuffer(env, &memory, sizeof memory, NULL, NULL, &result);
  if (status != napi_ok) return daimon_throw_windows(env, "napi_create_external_arraybuffer", ERROR_NOT_SUPPORTED, NULL);
  return result;
}

static napi_value stop_fd(napi_env env, napi_callback_info info) {
  (void)info;
  return open_events(env) ? daimon_handle(env, stop_event) : NULL;
}

static bool get_element(napi_env env, napi_value array, uint32_t index, int64_t *result) {
  napi_value item;
  return napi_get_element(env, array, index, &item) == napi_ok && daimon_get_int(env, item, result);
}

static napi_value arm_stop(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  int64_t grace, burst, number, code;
  uint32_t count = 0, wanted = 0;
  daimon_arguments(env, info, arguments, 4);
  napi_get_array_length(env, arguments[0], &count);
  if (!daimon_get_int(env, arguments[2], &grace) || !daimon_get_int(env, arguments[3], &burst)) return NULL;
  if (!open_events(env) || !start_keeper(env)) return NULL;
  atomic_store(&grace_ns, grace * 1000000);
  atomic_store(&burst_ns, burst * 1000000);
  for (uint32_t i = 0; i < count; i++) {
    if (!get_element(env, arguments[0], i, &number) || !get_element(env, arguments[1], i, &code)) return NULL;
    if (!daimon_is_signal((int)number)) continue;
    wanted |= bit((int)number);
    forced_exit_code[number] = (int)code;
  }
  atomic_store(&armed, wanted);
  return daimon_undefined(env);
}

static napi_value disarm_stop(napi_env env, napi_callback_info info) {
  (void)info;
  atomic_store(&armed, 0);
  atomic_store(&deadline_ns, 0);
  atomic_store(&insisted, 0);
  atomic_store(&quiet, false);
  atomic_store(&last_signal_ns, 0);
  atomic_store(&memory.count, 0);
  atomic_store(&memory.last_signal, 0);
  atomic_store(&memory.noted, 0);
  atomic_store(&memory.asked_ns, 0);
  atomic_store(&memory.asked, 0);
  if (stop_event != NULL) ResetEvent(stop_event);
  AcquireSRWLockExclusive(&lock);
  pending[0] = '\0';
  ReleaseSRWLockExclusive(&lock);
  if (control_event != NULL) SetEvent(control_event);
  return daimon_undefined(env);
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
  if (!get_signal(env, info, &number) || !open_events(env)) return NULL;
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
  return open_events(env) ? daimon_handle(env, capture_event) : NULL;
}

static bool take_arrival(arrival *one) {
  AcquireSRWLockExclusive(&lock);
  bool is_there = arrival_count > 0;
  if (is_there) {
    *one = arrivals[first_arrival];
    first_arrival = (first_arrival + 1) % MOST_ARRIVALS;
    arrival_count--;
  }
  if (arrival_count == 0 && capture_event != NULL) ResetEvent(capture_event);
  ReleaseSRWLockExclusive(&lock);
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
  napi_value argument;
  uint32_t count = 0;
  int64_t number;
  HANDLE self = GetCurrentProcess(), waits;
  daimon_arguments(env, info, &argument, 1);
  napi_get_array_length(env, argument, &count);
  if (!open_events(env)) return NULL;
  for (uint32_t i = 0; i < count; i++) {
    if (!get_element(env, argument, i, &number)) return NULL;
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

/* --- requests from JavaScript -------------------------------------------------------------- */

static napi_value request_stop(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t cause, code;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &cause) || !daimon_get_int(env, arguments[1], &code)) return NULL;
  if (!open_events(env)) return NULL;
  return daimon_bool(env, ask((int32_t)cause, (int32_t)code, daimon_now_ns()));
}

static napi_value note_stop(napi_env env, napi_callback_info info) {
  (void)info;
  atomic_store(&memory.noted, 1);
  int64_t asked = atomic_load(&memory.asked_ns); /* 0: another thread is just writing it */
  return daimon_int(env, asked == 0 ? 0 : (daimon_now_ns() - asked) / 1000000);
}

static napi_value describe_pending(napi_env env, napi_callback_info info) {
  napi_value argument;
  char text[PENDING_BYTES + 1] = "";
  daimon_arguments(env, info, &argument, 1);
  napi_get_value_string_utf8(env, argument, text, sizeof text, NULL);
  AcquireSRWLockExclusive(&lock);
  memcpy(pending, text, sizeof pending);
  ReleaseSRWLockExclusive(&lock);
  return daimon_undefined(env);
}

static napi_value end_process_within(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t timeout, code;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &timeout) || !daimon_get_int(env, arguments[1], &code)) return NULL;
  if (!open_events(env) || !start_keeper(env)) return NULL;
  atomic_store(&exit_code, (int32_t)code);
  atomic_store(&quiet, true);
  atomic_store(&deadline_ns, daimon_now_ns() + timeout * 1000000);
  SetEvent(control_event);
  return daimon_undefined(env);
}

enum { TIMED_OUT = 0, ASKED = 1, SOMETHING_ELSE = 2 };

static napi_value wait_for_stop(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t timeout;
  bool watch_loop = false;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &timeout)) return NULL;
  napi_get_value_bool(env, arguments[1], &watch_loop);
  if (!open_events(env)) return NULL;
  bool cut_short = watch_loop && (timeout < 0 || timeout > LOOK_MS);
  DWORD wait_ms = cut_short ? LOOK_MS : timeout < 0 ? INFINITE : (DWORD)timeout;
  if (WaitForSingleObject(stop_event, wait_ms) == WAIT_OBJECT_0) return daimon_int(env, ASKED);
  return daimon_int(env, cut_short ? SOMETHING_ELSE : TIMED_OUT);
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
    {"waitForStop", wait_for_stop},
    {"captureSignal", capture_signal},
    {"releaseSignal", release_signal},
    {"captureFd", capture_fd},
    {"takeSignal", take_signal},
    {"captureSignals", capture_signals},
    {"takeSignals", take_signals},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
