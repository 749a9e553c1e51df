/* Processes: who they are, whether they run, how they ended. */
#include "win32.h"
#include <psapi.h>
#include <stdlib.h>

/* openProcess(pid, access): a handle; null when there is no such process. */
static napi_value open_process(napi_env env, napi_callback_info info) {
  napi_value args[2];
  int64_t pid, access;
  daimon_arguments(env, info, args, 2);
  if (!daimon_get_int(env, args[0], &pid) || !daimon_get_int(env, args[1], &access)) return NULL;
  HANDLE process = OpenProcess((DWORD)access, FALSE, (DWORD)pid);
  if (process != NULL) return daimon_handle(env, process);
  DWORD error = GetLastError();
  if (error == ERROR_INVALID_PARAMETER) return daimon_null(env);
  return daimon_throw_windows(env, "OpenProcess", error, NULL);
}

static napi_value close_handle(napi_env env, napi_callback_info info) {
  napi_value args[1];
  HANDLE handle;
  daimon_arguments(env, info, args, 1);
  if (!daimon_get_handle(env, args[0], &handle)) return NULL;
  CloseHandle(handle);
  return daimon_undefined(env);
}

static uint64_t milliseconds(FILETIME time) {
  ULARGE_INTEGER whole = {.LowPart = time.dwLowDateTime, .HighPart = time.dwHighDateTime};
  return whole.QuadPart / 10000;
}

/* processTimes(handle): { created, cpuTimeMs, uptimeMs } */
static napi_value process_times(napi_env env, napi_callback_info info) {
  napi_value args[1], result;
  HANDLE process;
  daimon_arguments(env, info, args, 1);
  if (!daimon_get_handle(env, args[0], &process)) return NULL;
  FILETIME created, exited, kernel, user, now;
  if (!GetProcessTimes(process, &created, &exited, &kernel, &user))
    return daimon_throw_windows(env, "GetProcessTimes", GetLastError(), NULL);
  GetSystemTimeAsFileTime(&now);
  int64_t uptime_ms = (int64_t)(milliseconds(now) - milliseconds(created));
  napi_create_object(env, &result);
  daimon_set(env, result, "created", daimon_filetime(env, created));
  daimon_set(env, result, "cpuTimeMs", daimon_int(env, (int64_t)(milliseconds(kernel) + milliseconds(user))));
  daimon_set(env, result, "uptimeMs", daimon_int(env, uptime_ms < 0 ? 0 : uptime_ms));
  return result;
}

/* The parent's pid as it was at the birth: NtQueryInformationProcess, ProcessBasicInformation. */
typedef struct {
  LONG exit_status;
  void *environment;
  ULONG_PTR affinity;
  LONG priority;
  ULONG_PTR pid, parent_pid;
} basic_information;
typedef LONG(WINAPI *query_information)(HANDLE, int, void *, ULONG, ULONG *);

static int64_t parent_of(HANDLE process) {
  query_information query =
      (query_information)(void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQueryInformationProcess");
  basic_information basic;
  if (query == NULL || query(process, 0, &basic, sizeof basic, NULL) < 0) return 0;
  return (int64_t)basic.parent_pid;
}

/* processFacts(handle): { sessionId, parentPid, path, memoryBytes } */
static napi_value process_facts(napi_env env, napi_callback_info info) {
  napi_value args[1], result;
  HANDLE process;
  daimon_arguments(env, info, args, 1);
  if (!daimon_get_handle(env, args[0], &process)) return NULL;
  wchar_t path[32768];
  DWORD length = sizeof path / sizeof *path;
  if (!QueryFullProcessImageNameW(process, 0, path, &length)) path[0] = L'\0';
  PROCESS_MEMORY_COUNTERS memory = {.cb = sizeof memory};
  if (!K32GetProcessMemoryInfo(process, &memory, sizeof memory)) memory.WorkingSetSize = 0;
  napi_create_object(env, &result);
  DWORD session = 0;
  ProcessIdToSessionId(GetProcessId(process), &session);
  daimon_set(env, result, "sessionId", daimon_int(env, session));
  daimon_set(env, result, "parentPid", daimon_int(env, parent_of(process)));
  daimon_set(env, result, "path", daimon_wide(env, path));
  daimon_set(env, result, "memoryBytes", daimon_int(env, (int64_t)memory.WorkingSetSize));
  return result;
}

static napi_value list_processes(napi_env env, napi_callback_info info) {
  (void)info;
  DWORD room = 1024, used = 0;
  DWORD *pids = NULL;
  do {
    room *= 2;
    free(pids);
    pids = malloc(room * sizeof *pids);
    if (pids == NULL || !K32EnumProcesses(pids, room * sizeof *pids, &used)) {
      free(pids);
      return daimon_throw_windows(env, "EnumProcesses", pids == NULL ? ERROR_OUTOFMEMORY : GetLastError(), NULL);
    }
  } while (used == room * sizeof *pids);
  napi_value result;
  size_t count = used / sizeof *pids;
  napi_create_array_with_length(env, count, &result);
  for (size_t i = 0; i < count; i++) napi_set_element(env, result, (uint32_t)i, daimon_int(env, pids[i]));
  free(pids);
  return result;
}

/* waitProcess(handle, timeoutMs): true once it has ended. Blocks the thread. */
static napi_value wait_process(napi_env env, napi_callback_info info) {
  napi_value args[2];
  HANDLE process;
  int64_t timeout_ms;
  daimon_arguments(env, info, args, 2);
  if (!daimon_get_handle(env, args[0], &process) || !daimon_get_int(env, args[1], &timeout_ms)) return NULL;
  DWORD outcome = WaitForSingleObject(process, timeout_ms < 0 ? INFINITE : (DWORD)timeout_ms);
  if (outcome == WAIT_FAILED) return daimon_throw_windows(env, "WaitForSingleObject", GetLastError(), NULL);
  return daimon_bool(env, outcome == WAIT_OBJECT_0);
}

/* exitCode(handle): how it ended; null while it runs. 259 is a code like any other: ask whether it runs. */
static napi_value exit_code(napi_env env, napi_callback_info info) {
  napi_value args[1];
  HANDLE process;
  DWORD code;
  daimon_arguments(env, info, args, 1);
  if (!daimon_get_handle(env, args[0], &process)) return NULL;
  if (WaitForSingleObject(process, 0) != WAIT_OBJECT_0) return daimon_null(env);
  if (!GetExitCodeProcess(process, &code)) return daimon_throw_windows(env, "GetExitCodeProcess", GetLastError(), NULL);
  return daimon_int(env, code);
}

/* terminateProcess(handle, exitCode): false when it has ended already. */
static napi_value terminate_process(napi_env env, napi_callback_info info) {
  napi_value args[2];
  HANDLE process;
  int64_t code;
  daimon_arguments(env, info, args, 2);
  if (!daimon_get_handle(env, args[0], &process) || !daimon_get_int(env, args[1], &code)) return NULL;
  if (TerminateProcess(process, (UINT)code)) return daimon_bool(env, true);
  DWORD error = GetLastError(); // ERROR_ACCESS_DENIED, too, for one that has ended
  if (WaitForSingleObject(process, 0) == WAIT_OBJECT_0) return daimon_bool(env, false);
  return daimon_throw_windows(env, "TerminateProcess", error, NULL);
}

/* Ends this process without tearing Node down. */
static napi_value exit_now(napi_env env, napi_callback_info info) {
  napi_value args[1];
  int64_t code;
  daimon_arguments(env, info, args, 1);
  if (!daimon_get_int(env, args[0], &code)) return NULL;
  TerminateProcess(GetCurrentProcess(), (UINT)code);
  return NULL;
}

/* bootId(): counts the boots; 0 where the system does not. KUSER_SHARED_DATA.BootId, Windows 10. */
static napi_value boot_id(napi_env env, napi_callback_info info) {
  (void)info;
  return daimon_int(env, *(volatile const ULONG *)(uintptr_t)0x7FFE02C4);
}

/* 64 random bits. SystemFunction036 is RtlGenRandom(). */
BOOLEAN NTAPI SystemFunction036(void *buffer, ULONG length);

static napi_value random_number(napi_env env, napi_callback_info info) {
  (void)info;
  uint64_t number;
  napi_value result;
  if (!SystemFunction036(&number, sizeof number))
    return daimon_throw_windows(env, "RtlGenRandom", ERROR_NOT_SUPPORTED, NULL);
  napi_create_bigint_uint64(env, number, &result);
  return result;
}

static const daimon_function functions[] = {
    {"openProcess", open_process},       {"closeHandle", close_handle},
    {"processTimes", process_times},     {"processFacts", process_facts},
    {"listProcesses", list_processes},   {"waitProcess", wait_process},
    {"exitCode", exit_code},             {"terminateProcess", terminate_process},
    {"exitNow", exit_now},               {"bootId", boot_id},
    {"randomNumber", random_number},
};

void daimon_register_processes(napi_env env, napi_value exports) {
  daimon_export(env, exports, functions, sizeof functions / sizeof *functions);
}
