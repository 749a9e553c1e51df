/*
 * Trees of processes. A Job object holds a process and all that it starts, and their children in
 * turn; its name is the tree's mark. The name lasts as long as somebody holds the job open; with
 * `killOnClose` the system ends what is in it when nobody does. "Job Objects", Win32.
 */
#include "win32.h"
#include "signals.h"
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define NAME_LENGTH 64
#define MOST_MEMBERS 16384
#define MOST_FAMILIES 64

/* Global: a daemon is stopped from another session, too (ssh, a service). Needs no privilege for jobs. */
static bool name_of(napi_env env, napi_value mark, wchar_t name[NAME_LENGTH]) {
  char *text;
  if (!daimon_get_string(env, mark, &text)) return false;
  bool fits = strlen(text) <= 20;
  if (fits) _snwprintf(name, NAME_LENGTH, L"Global\\daimon-tree-%hs", text);
  free(text);
  if (!fits) daimon_throw_windows(env, "CreateJobObject", ERROR_INVALID_PARAMETER, NULL);
  return fits;
}

/* createJob(mark, killOnClose) */
static napi_value create_job(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  wchar_t name[NAME_LENGTH];
  bool kill_on_close = false;
  daimon_arguments(env, info, arguments, 2);
  napi_get_value_bool(env, arguments[1], &kill_on_close);
  if (!name_of(env, arguments[0], name)) return NULL;
  HANDLE job = CreateJobObjectW(NULL, name);
  if (job == NULL) return daimon_throw_windows(env, "CreateJobObject", GetLastError(), name);
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
  /* A daemon may start daemons: who asks for it at its launch is in no job of ours. */
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_BREAKAWAY_OK | (kill_on_close ? JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE : 0);
  if (SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits)) return daimon_handle(env, job);
  DWORD error = GetLastError();
  CloseHandle(job);
  return daimon_throw_windows(env, "SetInformationJobObject", error, name);
}

/* openJob(mark): null when nobody holds it. */
static napi_value open_job(napi_env env, napi_callback_info info) {
  napi_value argument;
  wchar_t name[NAME_LENGTH];
  daimon_arguments(env, info, &argument, 1);
  if (!name_of(env, argument, name)) return NULL;
  HANDLE job = OpenJobObjectW(JOB_OBJECT_QUERY | JOB_OBJECT_TERMINATE, FALSE, name);
  if (job != NULL) return daimon_handle(env, job);
  DWORD error = GetLastError();
  return error == ERROR_FILE_NOT_FOUND ? daimon_null(env) : daimon_throw_windows(env, "OpenJobObject", error, name);
}

/* joinJob(job, pid): false when the process has ended. */
static napi_value join_job(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  HANDLE job;
  int64_t pid;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_handle(env, arguments[0], &job) || !daimon_get_int(env, arguments[1], &pid)) return NULL;
  HANDLE process = OpenProcess(PROCESS_SET_QUOTA | PROCESS_TERMINATE, FALSE, (DWORD)pid);
  if (process == NULL) return daimon_bool(env, false);
  bool joined = AssignProcessToJobObject(job, process);
  DWORD error = joined ? ERROR_SUCCESS : GetLastError();
  bool ended = !joined && WaitForSingleObject(process, 0) == WAIT_OBJECT_0;
  CloseHandle(process);
  if (joined || ended) return daimon_bool(env, joined);
  return daimon_throw_windows(env, "AssignProcessToJobObject", error, NULL);
}

/* jobPids(job): all that live. */
static napi_value job_pids(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  HANDLE job;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_handle(env, argument, &job)) return NULL;
  DWORD size = sizeof(JOBOBJECT_BASIC_PROCESS_ID_LIST) + MOST_MEMBERS * sizeof(ULONG_PTR);
  JOBOBJECT_BASIC_PROCESS_ID_LIST *list = malloc(size);
  if (list == NULL) return daimon_throw_windows(env, "QueryInformationJobObject", ERROR_OUTOFMEMORY, NULL);
  if (!QueryInformationJobObject(job, JobObjectBasicProcessIdList, list, size, NULL) && GetLastError() != ERROR_MORE_DATA) {
    DWORD error = GetLastError();
    free(list);
    return daimon_throw_windows(env, "QueryInformationJobObject", error, NULL);
  }
  napi_create_array_with_length(env, list->NumberOfProcessIdsInList, &result);
  for (DWORD i = 0; i < list->NumberOfProcessIdsInList; i++)
    napi_set_element(env, result, i, daimon_int(env, (int64_t)list->ProcessIdList[i]));
  free(list);
  return result;
}

/* endJob(job, exitCode) */
static napi_value end_job(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  HANDLE job;
  int64_t code;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_handle(env, arguments[0], &job) || !daimon_get_int(env, arguments[1], &code)) return NULL;
  if (!TerminateJobObject(job, (UINT)code)) return daimon_throw_windows(env, "TerminateJobObject", GetLastError(), NULL);
  return daimon_undefined(env);
}

/* --- the trees of this program's own children -------------------------------------------------- */

static SRWLOCK lock = SRWLOCK_INIT;
static HANDLE *families;
static size_t family_count, family_space;

/* noteFamily(job): to be ended when this process is, by force. */
static napi_value note_family(napi_env env, napi_callback_info info) {
  napi_value argument;
  HANDLE job;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_handle(env, argument, &job)) return NULL;
  AcquireSRWLockExclusive(&lock);
  if (family_count == family_space) {
    HANDLE *grown = realloc(families, (family_space + MOST_FAMILIES) * sizeof *families);
    if (grown != NULL) {
      families = grown;
      family_space += MOST_FAMILIES;
    }
  }
  if (family_count < family_space) families[family_count++] = job;
  ReleaseSRWLockExclusive(&lock);
  return daimon_undefined(env);
}

/* forgetFamily(job): closes it. */
static napi_value forget_family(napi_env env, napi_callback_info info) {
  napi_value argument;
  HANDLE job;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_handle(env, argument, &job)) return NULL;
  AcquireSRWLockExclusive(&lock);
  for (size_t i = 0; i < family_count; i++)
    if (families[i] == job) families[i--] = families[--family_count];
  ReleaseSRWLockExclusive(&lock);
  CloseHandle(job);
  return daimon_undefined(env);
}

void daimon_end_families(void) {
  AcquireSRWLockShared(&lock);
  for (size_t i = 0; i < family_count; i++) TerminateJobObject(families[i], DAIMON_SIGNAL_BASE + 9);
  ReleaseSRWLockShared(&lock);
}

void daimon_register_jobs(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"createJob", create_job}, {"openJob", open_job}, {"joinJob", join_job},         {"jobPids", job_pids},
    {"endJob", end_job},       {"noteFamily", note_family}, {"forgetFamily", forget_family},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
