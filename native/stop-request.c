/*
 * The request to stop. Whoever brings a signal writes it into memory that every thread of the process
 * reads, so that it is seen by loops that never yield; a thread of ours keeps the deadline, so that it
 * holds while the event loop is blocked. Both sleep in the kernel until there is a signal.
 *
 * One state for the whole process, whatever number of environments (worker threads) load the addon.
 * What a signal handler calls uses atomics and what signal-safety(7) permits only.
 */
#include "stop-request.h"
#include <stdatomic.h>
#include <string.h>

#define PENDING_BYTES 3500 /* with the sentence around it below PIPE_BUF: written in one piece */
#define REPORT_BYTES (PENDING_BYTES + 512)
#define LONGEST_SLEEP_MS 86400000
#define NS_PER_MS 1000000

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

static _Atomic int32_t forced_exit_code[STOP_SIGNALS];
static char pending[PENDING_BYTES + 1];

/* --- asking ------------------------------------------------------------------------------- */

static bool ask(int32_t what, int32_t code, int64_t now) {
  int32_t nothing = 0;
  if (!atomic_compare_exchange_strong(&memory.asked, &nothing, what)) return false;
  atomic_store(&memory.asked_ns, now);
  atomic_store(&exit_code, code);
  atomic_store(&deadline_ns, now + atomic_load(&grace_ns));
  stop_tell();
  stop_look_again();
  return true;
}

void stop_note_signal(int number, int32_t sender_pid, int32_t sender_uid) {
  int64_t now = daimon_now_ns(), before = atomic_exchange(&last_signal_ns, now);
  int32_t code = atomic_load(&forced_exit_code[number]);
  atomic_fetch_add(&memory.count, 1);
  atomic_store(&memory.last_signal, number);
  if (before == 0) {
    atomic_store(&memory.sender_pid, sender_pid);
    atomic_store(&memory.sender_uid, sender_uid);
    ask(number, code, now);
  } else if (now - before > atomic_load(&burst_ns)) {
    atomic_store(&exit_code, code);
    atomic_store(&insisted, number);
    stop_look_again();
  }
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

static void report(const char *cause) {
  static char text[REPORT_BYTES]; /* a thread that is not waited for may still write it */
  size_t at = append(text, 0, "daimon: ");
  at = append(text, at, cause);
  at = append(text, at, " (after ");
  at = append_number(text, at, (daimon_now_ns() - atomic_load(&memory.asked_ns)) / NS_PER_MS);
  at = append(text, at, " ms): ending the process with exit code ");
  at = append_number(text, at, atomic_load(&exit_code));
  if (!atomic_load(&memory.noted)) at = append(text, at, "; the event loop is blocked and has not seen the request");
  stop_lock();
  if (pending[0]) at = append(text, append(text, at, ". Still pending:\n"), pending);
  stop_unlock();
  text[at++] = '\n';
  stop_write_report(text, at);
}

static void end_process(const char *cause) __attribute__((noreturn));
static void end_process(const char *cause) {
  if (cause != NULL) report(cause);
  stop_end_process(atomic_load(&exit_code));
}

int stop_keep_deadline(void) {
  if (atomic_load(&insisted) != 0) end_process("a second signal arrived");
  int64_t due = atomic_load(&deadline_ns), left = due - daimon_now_ns();
  if (due == 0) return -1;
  if (left <= 0) end_process(atomic_load(&quiet) ? NULL : "the time to stop is over");
  return left / NS_PER_MS >= LONGEST_SLEEP_MS ? LONGEST_SLEEP_MS : (int)(left / NS_PER_MS) + 1;
}

/* --- for JavaScript ------------------------------------------------------------------------ */

static napi_value stop_memory(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result = NULL;
  if (napi_create_external_arraybuffer(env, &memory, sizeof memory, NULL, NULL, &result) != napi_ok)
    napi_throw_error(env, "ENOSYS", "this runtime cannot share memory with native code (napi_create_external_arraybuffer)");
  return result;
}

static bool get_element(napi_env env, napi_value array, uint32_t index, int64_t *result) {
  napi_value item;
  return napi_get_element(env, array, index, &item) == napi_ok && daimon_get_int(env, item, result);
}

/* armStop(signals, forcedExitCodes, graceMs, burstMs) */
static napi_value arm_stop(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  int64_t grace_ms, burst_ms, number, code;
  uint32_t count = 0;
  bool wanted[STOP_SIGNALS] = {false};
  daimon_arguments(env, info, arguments, 4);
  napi_get_array_length(env, arguments[0], &count);
  if (!daimon_get_int(env, arguments[2], &grace_ms) || !daimon_get_int(env, arguments[3], &burst_ms)) return NULL;
  if (!stop_open(env) || !stop_start_keeper(env)) return NULL;
  atomic_store(&grace_ns, grace_ms * NS_PER_MS);
  atomic_store(&burst_ns, burst_ms * NS_PER_MS);
  for (uint32_t i = 0; i < count; i++) {
    if (!get_element(env, arguments[0], i, &number) || !get_element(env, arguments[1], i, &code)) return NULL;
    if (number < 1 || number >= STOP_SIGNALS) continue;
    wanted[number] = true;
    atomic_store(&forced_exit_code[number], (int32_t)code);
  }
  return stop_arm(env, wanted) ? daimon_undefined(env) : NULL;
}

static napi_value disarm_stop(napi_env env, napi_callback_info info) {
  (void)info;
  static const bool none[STOP_SIGNALS] = {false};
  if (!stop_arm(env, none)) return NULL;
  atomic_store(&deadline_ns, 0);
  atomic_store(&insisted, 0);
  atomic_store(&quiet, false);
  atomic_store(&last_signal_ns, 0);
  atomic_store(&memory.count, 0);
  atomic_store(&memory.last_signal, 0);
  atomic_store(&memory.noted, 0);
  atomic_store(&memory.asked_ns, 0);
  atomic_store(&memory.asked, 0);
  stop_forget();
  stop_lock();
  pending[0] = '\0';
  stop_unlock();
  stop_look_again();
  return daimon_undefined(env);
}

/* requestStop(cause, exitCode): false when a stop was asked for already. */
static napi_value request_stop(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t cause, code;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &cause) || !daimon_get_int(env, arguments[1], &code)) return NULL;
  return stop_open(env) ? daimon_bool(env, ask((int32_t)cause, (int32_t)code, daimon_now_ns())) : NULL;
}

/* noteStop(): the event loop has seen the request; for how many ms it had been there. */
static napi_value note_stop(napi_env env, napi_callback_info info) {
  (void)info;
  atomic_store(&memory.noted, 1);
  int64_t asked = atomic_load(&memory.asked_ns); /* 0: another thread is just writing it */
  return daimon_int(env, asked == 0 ? 0 : (daimon_now_ns() - asked) / NS_PER_MS);
}

static napi_value describe_pending(napi_env env, napi_callback_info info) {
  napi_value argument;
  char text[PENDING_BYTES + 1] = "";
  daimon_arguments(env, info, &argument, 1);
  napi_get_value_string_utf8(env, argument, text, sizeof text, NULL);
  stop_lock();
  memcpy(pending, text, sizeof pending);
  stop_unlock();
  return daimon_undefined(env);
}

/* endProcessWithin(timeoutMs, exitCode) */
static napi_value end_process_within(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t timeout_ms, code;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &timeout_ms) || !daimon_get_int(env, arguments[1], &code)) return NULL;
  if (!stop_open(env) || !stop_start_keeper(env)) return NULL;
  atomic_store(&exit_code, (int32_t)code);
  atomic_store(&quiet, true);
  atomic_store(&deadline_ns, daimon_now_ns() + timeout_ms * NS_PER_MS);
  stop_look_again();
  return daimon_undefined(env);
}

void stop_register(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"stopMemory", stop_memory},
    {"armStop", arm_stop},
    {"disarmStop", disarm_stop},
    {"requestStop", request_stop},
    {"noteStop", note_stop},
    {"describePending", describe_pending},
    {"endProcessWithin", end_process_within},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
