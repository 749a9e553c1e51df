/*
 * Pipes and private files. What is an fd on Unix is a handle here: those of Node have other numbers,
 * see fdHandle().
 */
#include "win32.h"
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

enum { PIPE_BYTES = 65536 };

BOOLEAN NTAPI SystemFunction036(void *buffer, ULONG length); /* RtlGenRandom() */

static bool random_name(wchar_t *name, size_t size, const wchar_t *format) {
  uint64_t bits[2];
  if (!SystemFunction036(bits, sizeof bits)) return false;
  swprintf(name, size, format, (unsigned long)GetCurrentProcessId(), (unsigned long long)bits[0],
           (unsigned long long)bits[1]);
  return true;
}

/*
 * pipe(): { read, write }. A named one, as only those can be read with a time limit; its name is
 * never told, and only one may connect: we do.
 */
static napi_value make_pipe(napi_env env, napi_callback_info info) {
  (void)info;
  wchar_t name[96];
  napi_value result;
  if (!random_name(name, 96, L"\\\\.\\pipe\\daimon-%lu-%016llx%016llx"))
    return daimon_throw_windows(env, "RtlGenRandom", ERROR_NOT_SUPPORTED, NULL);
  HANDLE ours = CreateNamedPipeW(name, PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                                 PIPE_TYPE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, PIPE_BYTES, PIPE_BYTES, 0,
                                 NULL);
  if (ours == INVALID_HANDLE_VALUE) return daimon_throw_windows(env, "CreateNamedPipe", GetLastError(), NULL);
  HANDLE theirs = CreateFileW(name, GENERIC_WRITE | FILE_READ_ATTRIBUTES, 0, NULL, OPEN_EXISTING, 0, NULL);
  if (theirs == INVALID_HANDLE_VALUE) {
    DWORD error = GetLastError();
    CloseHandle(ours);
    return daimon_throw_windows(env, "CreateFile", error, name);
  }
  // Both ends are there already, so this does not wait: it says so by ERROR_PIPE_CONNECTED.
  OVERLAPPED connecting = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
  if (!ConnectNamedPipe(ours, &connecting) && GetLastError() == ERROR_IO_PENDING)
    WaitForSingleObject(connecting.hEvent, INFINITE);
  CloseHandle(connecting.hEvent);
  napi_create_object(env, &result);
  daimon_set(env, result, "read", daimon_handle(env, ours));
  daimon_set(env, result, "write", daimon_handle(env, theirs));
  return result;
}

/* sealedMemory(name, content): a file that nobody else can open, and that goes with its last handle. */
static napi_value sealed_memory(napi_env env, napi_callback_info info) {
  napi_value args[2];
  napi_typedarray_type type;
  size_t length;
  void *content;
  daimon_arguments(env, info, args, 2);
  if (napi_get_typedarray_info(env, args[1], &type, &length, &content, NULL, NULL) != napi_ok) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "daimon native: bytes were expected");
    return NULL;
  }
  wchar_t folder[MAX_PATH + 1], name[64], path[MAX_PATH + 72];
  if (GetTempPathW(MAX_PATH + 1, folder) == 0 || !random_name(name, 64, L"daimon-%lu-%016llx%016llx"))
    return daimon_throw_windows(env, "GetTempPath", GetLastError(), NULL);
  swprintf(path, sizeof path / sizeof *path, L"%ls%ls", folder, name);
  HANDLE file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE | DELETE, 0, NULL, CREATE_NEW,
                            FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
  if (file == INVALID_HANDLE_VALUE) return daimon_throw_windows(env, "CreateFile", GetLastError(), path);
  DWORD written;
  bool done = WriteFile(file, content, (DWORD)length, &written, NULL) && written == length &&
              SetFilePointer(file, 0, NULL, FILE_BEGIN) == 0;
  if (done) return daimon_handle(env, file);
  DWORD error = GetLastError();
  CloseHandle(file);
  return daimon_throw_windows(env, "WriteFile", error, path);
}

/* Waits for what was begun. False: see GetLastError(). */
static bool finish(HANDLE file, OVERLAPPED *overlapped, bool done, DWORD *count) {
  if (!done && GetLastError() != ERROR_IO_PENDING) return false;
  return GetOverlappedResult(file, overlapped, count, TRUE);
}

/* readFd(fd, length, position): at most that many bytes; none at the end. */
static napi_value read_fd(napi_env env, napi_callback_info info) {
  napi_value args[3], result = NULL;
  int64_t length, position;
  HANDLE file;
  daimon_arguments(env, info, args, 3);
  if (!daimon_get_handle(env, args[0], &file) || !daimon_get_int(env, args[1], &length) ||
      !daimon_get_int(env, args[2], &position))
    return NULL;
  DWORD got = 0, error = ERROR_SUCCESS;
  void *buffer = malloc((size_t)length);
  if (buffer == NULL) return daimon_throw_windows(env, "ReadFile", ERROR_OUTOFMEMORY, NULL);
  bool done;
  if (GetFileType(file) == FILE_TYPE_DISK && position < 0) done = ReadFile(file, buffer, (DWORD)length, &got, NULL);
  else {
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    OVERLAPPED overlapped = {.hEvent = event};
    if (position > 0) {
      overlapped.Offset = (DWORD)position;
      overlapped.OffsetHigh = (DWORD)(position >> 32);
    }
    done = finish(file, &overlapped, ReadFile(file, buffer, (DWORD)length, NULL, &overlapped), &got);
    error = GetLastError();
    CloseHandle(event);
    SetLastError(error);
  }
  if (!done) error = GetLastError();
  if (done || error == ERROR_BROKEN_PIPE || error == ERROR_HANDLE_EOF)
    napi_create_buffer_copy(env, done ? got : 0, buffer, NULL, &result);
  else daimon_throw_windows(env, "ReadFile", error, NULL);
  free(buffer);
  return result;
}

/* writeFd(fd, text): all of it. EPIPE when nobody reads any more, as everywhere. */
static napi_value write_fd(napi_env env, napi_callback_info info) {
  napi_value args[2];
  HANDLE file;
  char *text;
  DWORD written;
  daimon_arguments(env, info, args, 2);
  if (!daimon_get_handle(env, args[0], &file) || !daimon_get_string(env, args[1], &text)) return NULL;
  HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
  OVERLAPPED overlapped = {.Offset = 0xFFFFFFFF, .OffsetHigh = 0xFFFFFFFF, .hEvent = event}; // at the end
  bool done = finish(file, &overlapped, WriteFile(file, text, (DWORD)lstrlenA(text), NULL, &overlapped), &written);
  DWORD error = GetLastError();
  CloseHandle(event);
  free(text);
  if (done) return daimon_undefined(env);
  if (error != ERROR_NO_DATA && error != ERROR_BROKEN_PIPE) return daimon_throw_windows(env, "WriteFile", error, NULL);
  napi_throw_error(env, "EPIPE", "EPIPE: nobody reads this pipe, WriteFile");
  return NULL;
}

static napi_value close_fd(napi_env env, napi_callback_info info) {
  napi_value args[1];
  HANDLE handle;
  daimon_arguments(env, info, args, 1);
  if (!daimon_get_handle(env, args[0], &handle)) return NULL;
  CloseHandle(handle);
  return daimon_undefined(env);
}

/* setCloseOnExec(handle, on): whether children do not inherit it. */
static napi_value set_close_on_exec(napi_env env, napi_callback_info info) {
  napi_value args[2];
  HANDLE handle;
  bool on;
  daimon_arguments(env, info, args, 2);
  if (!daimon_get_handle(env, args[0], &handle) || napi_get_value_bool(env, args[1], &on) != napi_ok) return NULL;
  if (!SetHandleInformation(handle, HANDLE_FLAG_INHERIT, on ? 0 : HANDLE_FLAG_INHERIT))
    return daimon_throw_windows(env, "SetHandleInformation", GetLastError(), NULL);
  return daimon_undefined(env);
}

/* forbidCore(): nobody is asked, and nothing written, when this process crashes. Children inherit that. */
static napi_value forbid_core(napi_env env, napi_callback_info info) {
  (void)info;
  SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
  return daimon_undefined(env);
}

static const daimon_function functions[] = {
    {"pipe", make_pipe}, {"sealedMemory", sealed_memory}, {"readFd", read_fd},
    {"writeFd", write_fd}, {"closeFd", close_fd}, {"setCloseOnExec", set_close_on_exec},
    {"forbidCore", forbid_core},
};

void daimon_register_pipes(napi_env env, napi_value exports) {
  daimon_export(env, exports, functions, sizeof functions / sizeof *functions);
}
