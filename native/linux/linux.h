/* What the files of Linux register. */
#ifndef DAIMON_LINUX_H
#define DAIMON_LINUX_H

#include "daimon.h"

void daimon_register_pidfds(napi_env env, napi_value exports);
void daimon_register_marks(napi_env env, napi_value exports);
void daimon_register_families(napi_env env, napi_value exports);
void daimon_register_foreground(napi_env env, napi_value exports);
void daimon_register_memory(napi_env env, napi_value exports);
void daimon_register_listening(napi_env env, napi_value exports);
void daimon_register_fd_limit(napi_env env, napi_value exports);

#endif
