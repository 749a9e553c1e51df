/* What the files of the addon share. Every file registers its own functions. */
#ifndef DAIMON_H
#define DAIMON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#define NAPI_VERSION 8
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One line of a file's function table. */
typedef struct {
  const char *name;
  napi_callback call;
} daimon_function;

void daimon_export(napi_env env, napi_value exports, const daimon_function *table, size_t count);

/* Throws { message, code: 'E…', errno, syscall } for a failed system call; returns NULL. */
napi_value daimon_throw_errno(napi_env env, const char *syscall_name, int error_number);

/* Readers of arguments. Each returns false with a TypeError pending when the value does not fit. */
size_t daimon_arguments(napi_env env, napi_callback_info info, napi_value *values, size_t max);
bool daimon_get_int(napi_env env, napi_value value, int64_t *result);
/* Of a function that takes nothing else. */
bool daimon_get_only_int(napi_env env, napi_callback_info info, int64_t *result);
/* The string is malloc'ed; the caller frees it. */
bool daimon_get_string(napi_env env, napi_value value, char **result);

napi_value daimon_int(napi_env env, int64_t value);
napi_value daimon_bool(napi_env env, bool value);
napi_value daimon_string(napi_env env, const char *text);
napi_value daimon_undefined(napi_env env);
napi_value daimon_null(napi_env env);
void daimon_set(napi_env env, napi_value object, const char *name, napi_value value);

/* The name of an errno, "EINVAL" for 22; "UNKNOWN" for one that is not in the table. */
const char *daimon_errno_name(int error_number);

void daimon_register_launch(napi_env env, napi_value exports);
void daimon_register_process(napi_env env, napi_value exports);
void daimon_register_users(napi_env env, napi_value exports);
void daimon_register_open_as(napi_env env, napi_value exports);
void daimon_register_file_status(napi_env env, napi_value exports);
void daimon_register_files(napi_env env, napi_value exports);
void daimon_register_replace_file(napi_env env, napi_value exports);
void daimon_register_locks(napi_env env, napi_value exports);
void daimon_register_watch(napi_env env, napi_value exports);
void daimon_register_sockets(napi_env env, napi_value exports);
void daimon_register_terminal(napi_env env, napi_value exports);
void daimon_register_shutdown(napi_env env, napi_value exports);
void daimon_register_context(napi_env env, napi_value exports);
/* What the system has in its own way: linux/system.c, kqueue/system.c. */
void daimon_register_system(napi_env env, napi_value exports);

#endif
