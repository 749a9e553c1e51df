/* What the files of the Windows addon share. */
#ifndef DAIMON_WIN32_H
#define DAIMON_WIN32_H

#define WIN32_LEAN_AND_MEAN
#define UNICODE
#include <windows.h>
#include "daimon.h"

/* Throws { message, code: 'ERROR_…', errno, syscall, path? } for a failed call; returns NULL. */
napi_value daimon_throw_windows(napi_env env, const char *step, DWORD error, const wchar_t *path);

/* UTF-16, malloc'ed; the caller frees it. False with a TypeError pending. */
bool daimon_get_wide(napi_env env, napi_value value, wchar_t **result);
napi_value daimon_wide(napi_env env, const wchar_t *text);

/* Handles cross to JavaScript as numbers: only their low 32 bits count. */
bool daimon_get_handle(napi_env env, napi_value value, HANDLE *result);
napi_value daimon_handle(napi_env env, HANDLE handle);
/* 100 ns since 1601, as a decimal string: a FILETIME does not fit a double. */
napi_value daimon_filetime(napi_env env, FILETIME time);

/* libuv's, of the program that loaded us; NULL in runtimes that have none. */
typedef HANDLE (*daimon_uv_get_osfhandle)(int fd);
extern daimon_uv_get_osfhandle daimon_fd_to_handle;

/*
 * What can be waited for: an event or a process as it is; a pipe by a read of no bytes at all, which
 * ends when there is something to read, or never will be.
 */
typedef struct {
  HANDLE object;   /* what to wait for; NULL: that moment never comes */
  HANDLE pipe;     /* NULL where the object is the given handle itself */
  OVERLAPPED read;
  char nothing;
  bool pending;
} daimon_wait;
void daimon_begin_wait(daimon_wait *wait, HANDLE handle);
void daimon_end_wait(daimon_wait *wait);

void daimon_register_processes(napi_env env, napi_value exports);
void daimon_register_launch(napi_env env, napi_value exports);
void daimon_register_jobs(napi_env env, napi_value exports);
void daimon_register_families(napi_env env, napi_value exports);
void daimon_register_files(napi_env env, napi_value exports);
void daimon_register_owners(napi_env env, napi_value exports);
void daimon_register_pipes(napi_env env, napi_value exports);
void daimon_register_signals(napi_env env, napi_value exports);
void daimon_register_signal_send(napi_env env, napi_value exports);

#endif
