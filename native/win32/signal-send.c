/*
 * Sends a signal to a process that hears them. The pipe is found by pid and creation time, so never
 * a later process' with the same pid; and who listens on it must be that process, not somebody who
 * took the name.
 */
#include "win32.h"
#include "signals.h"
#include "stop-request.h"
#include <stdatomic.h>
#include <stdlib.h>

enum outcome { DELIVERED, UNHEARD, REFUSED };

/* Connects while there is time; the pipe or INVALID_HANDLE_VALUE, and why in *outcome. */
static HANDLE connect_to(const wchar_t *name, int64_t until_ns, enum outcome *outcome) {
  for (;;) {
    /* The listener may know who we are, and not act as us. */
    HANDLE pipe = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                              FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
    if (pipe != INVALID_HANDLE_VALUE) return pipe;
    DWORD error = GetLastError();
    int64_t left_ms = (until_ns - daimon_now_ns()) / 1000000;
    *outcome = error == ERROR_ACCESS_DENIED ? REFUSED : UNHEARD;
    if (error != ERROR_PIPE_BUSY || left_ms <= 0) return INVALID_HANDLE_VALUE;
    WaitNamedPipeW(name, (DWORD)left_ms);
  }
}

static bool finish_io(HANDLE pipe, OVERLAPPED *io, bool begun, int64_t until_ns, DWORD *bytes) {
  if (!begun && GetLastError() != ERROR_IO_PENDING) return false;
  int64_t left_ms = (until_ns - daimon_now_ns()) / 1000000;
  if (WaitForSingleObject(io->hEvent, left_ms < 0 ? 0 : (DWORD)left_ms) != WAIT_OBJECT_0) CancelIoEx(pipe, io);
  return GetOverlappedResult(pipe, io, bytes, TRUE);
}

static bool exchange(HANDLE pipe, HANDLE event, const daimon_signal_request *request, daimon_signal_reply *reply, int64_t until_ns) {
  OVERLAPPED io = {.hEvent = event};
  DWORD mode = PIPE_READMODE_MESSAGE, bytes = 0;
  SetNamedPipeHandleState(pipe, &mode, NULL, NULL);
  bool begun = WriteFile(pipe, request, sizeof *request, NULL, &io);
  if (!finish_io(pipe, &io, begun, until_ns, &bytes)) return false;
  begun = ReadFile(pipe, reply, sizeof *reply, NULL, &io);
  return finish_io(pipe, &io, begun, until_ns, &bytes) && bytes == sizeof *reply && reply->magic == DAIMON_PIPE_MAGIC;
}

/*
 * Who is disconnected before it got an answer asks again while there is time (the listener drops
 * silent clients when it needs their place): safe, as an order is obeyed once.
 */
static enum outcome ask_listener(uint32_t pid, uint64_t creation, const daimon_signal_request *request,
                                 daimon_signal_reply *reply, int64_t timeout_ms) {
  wchar_t name[DAIMON_PIPE_NAME_LENGTH];
  int64_t until_ns = daimon_now_ns() + timeout_ms * 1000000;
  HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
  enum outcome outcome = UNHEARD;
  daimon_pipe_name(pid, creation, name);
  do {
    ULONG listener = 0;
    HANDLE pipe = connect_to(name, until_ns, &outcome);
    if (pipe == INVALID_HANDLE_VALUE) break;
    bool is_the_process = GetNamedPipeServerProcessId(pipe, &listener) && listener == pid;
    bool heard = is_the_process && exchange(pipe, event, request, reply, until_ns);
    CloseHandle(pipe);
    outcome = heard ? DELIVERED : UNHEARD;
    if (!is_the_process) break;
  } while (outcome != DELIVERED && daimon_now_ns() < until_ns);
  CloseHandle(event);
  return outcome;
}

static bool get_process(napi_env env, napi_value *arguments, uint32_t *pid, uint64_t *creation) {
  int64_t number;
  char *text;
  if (!daimon_get_int(env, arguments[0], &number) || !daimon_get_string(env, arguments[1], &text)) return false;
  *pid = (uint32_t)number;
  *creation = strtoull(text, NULL, 10);
  free(text);
  return true;
}

/* Begins anywhere: an earlier process may have had our pid, and not be forgotten yet. */
static uint32_t new_order(void) {
  static _Atomic uint32_t last;
  uint32_t none = 0;
  atomic_compare_exchange_strong(&last, &none, (uint32_t)daimon_now_ns());
  return atomic_fetch_add(&last, 1) + 1;
}

static napi_value send_signal(napi_env env, napi_callback_info info) {
  static const char *const names[] = {"delivered", "unheard", "refused"};
  napi_value arguments[4];
  int64_t number, timeout_ms;
  uint32_t pid;
  uint64_t creation;
  daimon_signal_reply reply;
  daimon_arguments(env, info, arguments, 4);
  if (!get_process(env, arguments, &pid, &creation)) return NULL;
  if (!daimon_get_int(env, arguments[2], &number) || !daimon_get_int(env, arguments[3], &timeout_ms)) return NULL;
  daimon_signal_request request = {
    .magic = DAIMON_PIPE_MAGIC, .verb = DAIMON_VERB_SIGNAL, .number = (uint32_t)number, .order = new_order()};
  return daimon_string(env, names[ask_listener(pid, creation, &request, &reply, timeout_ms)]);
}

static napi_value heeded_signals(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  int64_t timeout_ms;
  uint32_t pid;
  uint64_t creation;
  daimon_signal_reply reply;
  daimon_arguments(env, info, arguments, 3);
  if (!get_process(env, arguments, &pid, &creation) || !daimon_get_int(env, arguments[2], &timeout_ms)) return NULL;
  daimon_signal_request request = {.magic = DAIMON_PIPE_MAGIC, .verb = DAIMON_VERB_ASK};
  if (ask_listener(pid, creation, &request, &reply, timeout_ms) != DELIVERED) return daimon_null(env);
  return daimon_int(env, reply.heeded);
}

void daimon_register_signal_send(napi_env env, napi_value exports) {
  static const daimon_function table[] = {{"sendSignal", send_signal}, {"heededSignals", heeded_signals}};
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
