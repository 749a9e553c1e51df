/*
 * What becomes of a signal that has arrived, by the pipe or from the console: those who armed or
 * captured it natively are told, then the listeners of `process` on the event loop. What nobody
 * handles does what the system's default is on Unix: it ends the process.
 */
#include "win32.h"
#include "signals.h"
#include <stdatomic.h>

#define MOST_ON_CONSOLE 256

static _Atomic uint32_t listened;           /* signals that `process` has a listener for */
static SRWLOCK lock = SRWLOCK_INIT;         /* the emitter and its environment's end */
static napi_threadsafe_function emitter;    /* NULL: no main environment has asked to hear */
static bool hears;

static uint32_t bit(int number) { return 1u << number; }

bool daimon_is_signal(int number) {
  static const uint32_t all = 1u << DAIMON_SIGHUP | 1u << DAIMON_SIGINT | 1u << DAIMON_SIGUSR1 | 1u << DAIMON_SIGUSR2 |
                              1u << DAIMON_SIGTERM | 1u << DAIMON_SIGBREAK | 1u << DAIMON_SIGABRT;
  return number > 0 && number < DAIMON_SIGNALS && (all & bit(number)) != 0;
}

/* Node opens its debugger at SIGUSR1 where there is one; here it does nothing. */
uint32_t daimon_heeded_signals(void) {
  return atomic_load(&listened) | daimon_noted_signals() | bit(DAIMON_SIGUSR1);
}

static bool is_heeded(int number) { return (daimon_heeded_signals() & bit(number)) != 0; }

static void emit(int number) {
  AcquireSRWLockShared(&lock);
  if (emitter != NULL) napi_call_threadsafe_function(emitter, (void *)(intptr_t)number, napi_tsfn_nonblocking);
  ReleaseSRWLockShared(&lock);
}

bool daimon_arrive(int number, uint32_t sender_pid) {
  if (!is_heeded(number)) return false;
  daimon_note_signal(number, sender_pid);
  emit(number);
  return true;
}

/* --- the console ------------------------------------------------------------------------------ */

/* As the console's event is called by those who handle it; 0: nobody does. */
static int signal_of(DWORD event) {
  if (event == CTRL_C_EVENT) return is_heeded(DAIMON_SIGINT) ? DAIMON_SIGINT : 0;
  if (event == CTRL_BREAK_EVENT) {
    if (is_heeded(DAIMON_SIGBREAK)) return DAIMON_SIGBREAK;
    return is_heeded(DAIMON_SIGINT) ? DAIMON_SIGINT : 0;
  }
  if (event == CTRL_CLOSE_EVENT && is_heeded(DAIMON_SIGHUP)) return DAIMON_SIGHUP;
  return is_heeded(DAIMON_SIGTERM) ? DAIMON_SIGTERM : 0;
}

/* libuv has a handler of its own, for these: it is called after ours, and tells the listeners of `process`. */
static bool does_libuv_tell(DWORD event, int number) {
  return (event == CTRL_C_EVENT && number == DAIMON_SIGINT) || (event == CTRL_BREAK_EVENT && number == DAIMON_SIGBREAK) ||
         (event == CTRL_CLOSE_EVENT && number == DAIMON_SIGHUP);
}

/* Runs on a thread that the system makes for it. HandlerRoutine, SetConsoleCtrlHandler. */
static BOOL WINAPI on_console_event(DWORD event) {
  int number = signal_of(event);
  if (number == 0) return FALSE;
  daimon_note_signal(number, 0);
  /* Where `process` has no listener, libuv has none either, and what then comes is the system's own: the end. */
  if (does_libuv_tell(event, number) && (atomic_load(&listened) & bit(number))) return FALSE;
  emit(number);
  /* The system ends the process when this returns, and in any case after 5 to 20 s: so not before. */
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) Sleep(INFINITE);
  return TRUE;
}

bool daimon_hear_console(bool on) { return SetConsoleCtrlHandler(on_console_event, on); }

/* --- for JavaScript --------------------------------------------------------------------------- */

static void call_emitter(napi_env env, napi_value callback, void *context, void *data) {
  (void)context;
  if (env == NULL) return;
  napi_value receiver, number = daimon_int(env, (int64_t)(intptr_t)data);
  napi_get_undefined(env, &receiver);
  napi_call_function(env, receiver, callback, 1, &number, NULL);
}

static void forget_emitter(void *unused) {
  (void)unused;
  AcquireSRWLockExclusive(&lock);
  napi_threadsafe_function gone = emitter;
  emitter = NULL;
  ReleaseSRWLockExclusive(&lock);
  if (gone != NULL) napi_release_threadsafe_function(gone, napi_tsfn_abort);
}

/* Threads of ours outlive the environment that loads the addon. */
void daimon_stay_loaded(void) {
  HMODULE self;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (LPCWSTR)(void *)daimon_stay_loaded, &self);
}

/* The error of GetLastError() when the pipe could not be had, else 0. */
static napi_value hear_signals(napi_env env, napi_callback_info info) {
  napi_value callback;
  daimon_arguments(env, info, &callback, 1);
  if (emitter == NULL) {
    napi_threadsafe_function added;
    if (napi_create_threadsafe_function(env, callback, NULL, daimon_string(env, "daimon signals"), 0, 1, NULL, NULL, NULL,
                                        call_emitter, &added) != napi_ok)
      return daimon_throw_windows(env, "napi_create_threadsafe_function", ERROR_OUTOFMEMORY, NULL);
    napi_unref_threadsafe_function(env, added);
    AcquireSRWLockExclusive(&lock);
    emitter = added;
    ReleaseSRWLockExclusive(&lock);
    napi_add_env_cleanup_hook(env, forget_emitter, NULL);
  }
  if (hears) return daimon_int(env, 0);
  daimon_stay_loaded();
  DWORD error = daimon_hear_pipe();
  hears = error == ERROR_SUCCESS;
  daimon_hear_console(true);
  daimon_hear_session_end();
  return daimon_int(env, error);
}

/* Somebody else in this process is to hear them: another copy of this addon. */
static napi_value leave_signals(napi_env env, napi_callback_info info) {
  (void)info;
  if (hears) {
    daimon_leave_pipe();
    daimon_hear_console(false);
    daimon_leave_session_end();
  }
  hears = false;
  forget_emitter(NULL);
  return daimon_undefined(env);
}

static napi_value note_listener(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t number;
  bool on = false;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &number)) return NULL;
  napi_get_value_bool(env, arguments[1], &on);
  if (!daimon_is_signal((int)number)) return daimon_undefined(env);
  if (on) atomic_fetch_or(&listened, bit((int)number));
  else atomic_fetch_and(&listened, ~bit((int)number));
  return daimon_undefined(env);
}

static napi_value raise_signal(napi_env env, napi_callback_info info) {
  napi_value argument;
  int64_t number;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &number)) return NULL;
  if (!daimon_is_signal((int)number) || !daimon_arrive((int)number, GetCurrentProcessId()))
    TerminateProcess(GetCurrentProcess(), (UINT)(DAIMON_SIGNAL_BASE + number));
  return daimon_undefined(env);
}

static bool shares_our_console(DWORD pid) {
  DWORD pids[MOST_ON_CONSOLE], count = GetConsoleProcessList(pids, MOST_ON_CONSOLE);
  for (DWORD i = 0; i < count && i < MOST_ON_CONSOLE; i++)
    if (pids[i] == pid) return true;
  return false;
}

/* breakGroup(pid): CTRL_BREAK for a process group by its leader; false when it is not on our console. */
static napi_value break_group(napi_env env, napi_callback_info info) {
  napi_value argument;
  int64_t pid;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &pid)) return NULL;
  return daimon_bool(env, shares_our_console((DWORD)pid) && GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, (DWORD)pid));
}

void daimon_register_signals(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"hearSignals", hear_signals},
    {"leaveSignals", leave_signals},
    {"noteListener", note_listener},
    {"raiseSignal", raise_signal},
    {"breakGroup", break_group},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
