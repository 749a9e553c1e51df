/*
 * Where a process hears signals: a named pipe that this user, administrators and the system may
 * open, and nobody across the network. A thread of ours answers it, so that a signal arrives while
 * the event loop is blocked.
 *
 * Whoever may open it may also send garbage, or open it and say nothing. Messages of another size
 * or form are dropped; who keeps silent is dropped when the place is needed.
 */
#include "win32.h"
#include "signals.h"
#include "stop-request.h"
#include <sddl.h>
#include <stdlib.h>
#include <wchar.h>

#define FIRST_CHANNELS 4
#define MOST_CHANNELS 60     /* WaitForMultipleObjects: 64 */
#define PATIENCE_MS 250      /* with a silent client, while others may be waiting */
#define LAST_ANSWER_MS 100   /* for the sender of a signal that ends this process to hear so */
#define BUFFER_BYTES 64
#define REMEMBERED_ORDERS 256 /* more than can be asked again: every channel several times */
#define MOST_LOOKS 10
#define LOOK_PAUSE_MS 5

enum state { CONNECTING, READING, ANSWERING, DRAINING };

typedef struct {
  HANDLE pipe;
  OVERLAPPED io;
  enum state state;
  bool has_begun; /* an operation of ours, which then sets the event */
  int64_t since_ns;
  daimon_signal_request request;
  daimon_signal_reply reply;
  char rest[BUFFER_BYTES];
} channel;

static channel channels[MOST_CHANNELS];
static int channel_count;
static wchar_t name[DAIMON_PIPE_NAME_LENGTH];
static SECURITY_ATTRIBUTES access;
static HANDLE listener, end_event;

void daimon_pipe_name(uint32_t pid, uint64_t creation, wchar_t result[DAIMON_PIPE_NAME_LENGTH]) {
  _snwprintf(result, DAIMON_PIPE_NAME_LENGTH, L"\\\\.\\pipe\\daimon-signals-%lu-%llu", (unsigned long)pid,
             (unsigned long long)creation);
}

static uint64_t own_creation(void) {
  FILETIME creation, unused[3];
  if (!GetProcessTimes(GetCurrentProcess(), &creation, &unused[0], &unused[1], &unused[2])) return 0;
  return (uint64_t)creation.dwHighDateTime << 32 | creation.dwLowDateTime;
}

/* Protected, so that nothing is inherited: the system, administrators and this user; not the network. */
static bool describe_access(void) {
  union { TOKEN_USER user; char space[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE]; } token;
  HANDLE handle;
  DWORD size;
  LPWSTR sid;
  wchar_t text[256];
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &handle)) return false;
  bool known = GetTokenInformation(handle, TokenUser, &token, sizeof token, &size);
  CloseHandle(handle);
  if (!known || !ConvertSidToStringSidW(token.user.User.Sid, &sid)) return false;
  _snwprintf(text, sizeof text / sizeof *text, L"D:P(D;;GA;;;NU)(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;%ls)", sid);
  LocalFree(sid);
  access.nLength = sizeof access;
  return ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &access.lpSecurityDescriptor, NULL);
}

/* --- one conversation ------------------------------------------------------------------------ */

static void await_client(channel *self) {
  self->state = CONNECTING;
  self->since_ns = daimon_now_ns();
  ResetEvent(self->io.hEvent);
  self->has_begun = ConnectNamedPipe(self->pipe, &self->io) || GetLastError() == ERROR_IO_PENDING;
  /* Connected already: between the creation of the pipe and now. */
  if (!self->has_begun) SetEvent(self->io.hEvent);
}

static void drop_client(channel *self) {
  DWORD unused;
  if (self->has_begun) {
    CancelIoEx(self->pipe, &self->io);
    GetOverlappedResult(self->pipe, &self->io, &unused, TRUE);
  }
  DisconnectNamedPipe(self->pipe);
  await_client(self);
}

/* What fails at once has not begun: its event is never set. */
static void note_begun(channel *self, BOOL done) {
  self->has_begun = done || GetLastError() == ERROR_IO_PENDING;
  if (!self->has_begun) drop_client(self);
}

static void read_into(channel *self, enum state state, void *buffer, DWORD size) {
  self->state = state;
  ResetEvent(self->io.hEvent);
  note_begun(self, ReadFile(self->pipe, buffer, size, NULL, &self->io));
}

static void answer(channel *self) {
  self->state = ANSWERING;
  self->reply = (daimon_signal_reply){.magic = DAIMON_PIPE_MAGIC, .heeded = daimon_heeded_signals()};
  ResetEvent(self->io.hEvent);
  note_begun(self, WriteFile(self->pipe, &self->reply, sizeof self->reply, NULL, &self->io));
}

/* The signal ends this process: its sender hears so first. */
static void end_after_answer(channel *self, int number) __attribute__((noreturn));
static void end_after_answer(channel *self, int number) {
  answer(self);
  if (self->state == ANSWERING && WaitForSingleObject(self->io.hEvent, LAST_ANSWER_MS) == WAIT_OBJECT_0) {
    read_into(self, DRAINING, self->rest, sizeof self->rest);
    if (self->state == DRAINING) WaitForSingleObject(self->io.hEvent, LAST_ANSWER_MS);
  }
  TerminateProcess(GetCurrentProcess(), (UINT)(DAIMON_SIGNAL_BASE + number));
  for (;;) Sleep(INFINITE);
}

/* Who got no answer in time was told that it was not heard, and may have asked again: so it is not. */
static bool has_hung_up(const channel *self) {
  return !PeekNamedPipe(self->pipe, NULL, 0, NULL, NULL, NULL);
}

/* The orders obeyed last. A sender whose answer was lost, as it was slow to read it, asks again. */
static bool is_repeated(uint32_t sender_pid, uint32_t order) {
  static struct { uint32_t sender_pid, order; } obeyed[REMEMBERED_ORDERS];
  static unsigned next;
  for (unsigned i = 0; i < REMEMBERED_ORDERS; i++)
    if (obeyed[i].sender_pid == sender_pid && obeyed[i].order == order) return true;
  obeyed[next].sender_pid = sender_pid;
  obeyed[next].order = order;
  next = (next + 1) % REMEMBERED_ORDERS;
  return false;
}

static void obey(channel *self) {
  const daimon_signal_request *request = &self->request;
  ULONG sender = 0;
  if (has_hung_up(self)) {
    drop_client(self);
    return;
  }
  bool is_signal = request->magic == DAIMON_PIPE_MAGIC && daimon_is_signal((int)request->number);
  if (is_signal && request->verb == DAIMON_VERB_SIGNAL) {
    GetNamedPipeClientProcessId(self->pipe, &sender);
    bool is_new = !is_repeated(sender, request->order);
    if (is_new && !daimon_arrive((int)request->number, sender)) end_after_answer(self, (int)request->number);
  } else if (request->magic != DAIMON_PIPE_MAGIC || request->verb != DAIMON_VERB_ASK) {
    drop_client(self);
    return;
  }
  answer(self);
}

/* What was begun on this channel has ended, well or not. */
static void advance(channel *self) {
  DWORD bytes = 0;
  bool done = self->state == CONNECTING ? true : GetOverlappedResult(self->pipe, &self->io, &bytes, FALSE);
  switch (self->state) {
    case CONNECTING:
      self->since_ns = daimon_now_ns();
      read_into(self, READING, &self->request, sizeof self->request);
      break;
    case READING:
      if (done && bytes == sizeof self->request) obey(self);
      else drop_client(self);
      break;
    case ANSWERING: /* who is disconnected at once loses what it has not read yet: until it has gone */
      if (done) read_into(self, DRAINING, self->rest, sizeof self->rest);
      else drop_client(self);
      break;
    case DRAINING:
      drop_client(self);
      break;
  }
}

/* --- all of them ------------------------------------------------------------------------------ */

static DWORD add_channel(DWORD first) {
  channel *added = &channels[channel_count];
  DWORD open = PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | first;
  DWORD mode = PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS;
  added->io.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
  if (added->io.hEvent == NULL) return GetLastError();
  added->pipe = CreateNamedPipeW(name, open, mode, PIPE_UNLIMITED_INSTANCES, BUFFER_BYTES, BUFFER_BYTES, 0, &access);
  if (added->pipe == INVALID_HANDLE_VALUE) {
    DWORD error = GetLastError();
    CloseHandle(added->io.hEvent);
    return error;
  }
  channel_count++;
  await_client(added);
  return ERROR_SUCCESS;
}

/* Makes place for who may be waiting; how long until it can be looked for again. */
static DWORD make_place(void) {
  channel *silent = NULL;
  for (int i = 0; i < channel_count; i++) {
    channel *one = &channels[i];
    if (one->state == CONNECTING) return INFINITE;
    if (silent == NULL || one->since_ns < silent->since_ns) silent = one;
  }
  if (channel_count < MOST_CHANNELS && add_channel(0) == ERROR_SUCCESS) return INFINITE;
  int64_t age_ms = (daimon_now_ns() - silent->since_ns) / 1000000;
  if (age_ms < PATIENCE_MS) return (DWORD)(PATIENCE_MS - age_ms);
  drop_client(silent);
  return INFINITE;
}

static void close_channels(void) {
  DWORD unused;
  for (; channel_count > 0; channel_count--) {
    channel *last = &channels[channel_count - 1];
    CancelIoEx(last->pipe, &last->io);
    if (last->has_begun) GetOverlappedResult(last->pipe, &last->io, &unused, TRUE);
    CloseHandle(last->pipe);
    CloseHandle(last->io.hEvent);
  }
}

static DWORD WINAPI listen_until_end(void *unused) {
  (void)unused;
  HANDLE events[1 + MOST_CHANNELS] = {end_event};
  for (;;) {
    DWORD timeout = make_place();
    for (int i = 0; i < channel_count; i++) events[1 + i] = channels[i].io.hEvent;
    DWORD woken = WaitForMultipleObjects(1 + (DWORD)channel_count, events, FALSE, timeout);
    if (woken == WAIT_FAILED) return GetLastError();
    if (woken == WAIT_OBJECT_0) {
      close_channels();
      return ERROR_SUCCESS;
    }
    for (int i = 0; i < channel_count; i++)
      if (WaitForSingleObject(channels[i].io.hEvent, 0) == WAIT_OBJECT_0) advance(&channels[i]);
  }
}

DWORD daimon_hear_pipe(void) {
  if (!describe_access()) return GetLastError();
  daimon_pipe_name(GetCurrentProcessId(), own_creation(), name);
  DWORD error = add_channel(FILE_FLAG_FIRST_PIPE_INSTANCE);
  /* A client of another copy of ours, which has just left, may still hold the name. */
  for (int looks = 0; error == ERROR_ACCESS_DENIED && looks < MOST_LOOKS; looks++) {
    Sleep(LOOK_PAUSE_MS);
    error = add_channel(FILE_FLAG_FIRST_PIPE_INSTANCE);
  }
  if (error != ERROR_SUCCESS) return error;
  while (channel_count < FIRST_CHANNELS && add_channel(0) == ERROR_SUCCESS) {}
  end_event = CreateEventW(NULL, FALSE, FALSE, NULL);
  listener = CreateThread(NULL, 64 * 1024, listen_until_end, NULL, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
  if (listener != NULL) return ERROR_SUCCESS;
  error = GetLastError();
  close_channels();
  return error;
}

void daimon_leave_pipe(void) {
  SetEvent(end_event);
  WaitForSingleObject(listener, INFINITE);
  CloseHandle(listener);
  CloseHandle(end_event);
}
