/* JavaScript values and errors for C: the small helpers that every file of the addon uses. */
#include "daimon.h"
#include <stdlib.h>
#include <string.h>

void daimon_set(napi_env env, napi_value object, const char *name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

napi_value daimon_int(napi_env env, int64_t value) {
  napi_value result;
  napi_create_int64(env, value, &result);
  return result;
}

napi_value daimon_bool(napi_env env, bool value) {
  napi_value result;
  napi_get_boolean(env, value, &result);
  return result;
}

napi_value daimon_string(napi_env env, const char *text) {
  napi_value result;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result);
  return result;
}

napi_value daimon_undefined(napi_env env) {
  napi_value result;
  napi_get_undefined(env, &result);
  return result;
}

napi_value daimon_null(napi_env env) {
  napi_value result;
  napi_get_null(env, &result);
  return result;
}

size_t daimon_arguments(napi_env env, napi_callback_info info, napi_value *values, size_t max) {
  size_t count = max;
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  return count;
}

bool daimon_get_int(napi_env env, napi_value value, int64_t *result) {
  if (napi_get_value_int64(env, value, result) == napi_ok) return true;
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "daimon native: a number was expected");
  return false;
}

bool daimon_get_only_int(napi_env env, napi_callback_info info, int64_t *result) {
  napi_value argument;
  daimon_arguments(env, info, &argument, 1);
  return daimon_get_int(env, argument, result);
}

bool daimon_get_string(napi_env env, napi_value value, char **result) {
  size_t length;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "daimon native: a string was expected");
    return false;
  }
  char *text = malloc(length + 1);
  if (text == NULL) {
    napi_throw_error(env, "ENOMEM", "daimon native: out of memory");
    return false;
  }
  napi_get_value_string_utf8(env, value, text, length + 1, &length);
  if (strlen(text) != length) {
    free(text);
    napi_throw_type_error(env, "ERR_INVALID_ARG_VALUE", "daimon native: a string without NUL was expected");
    return false;
  }
  *result = text;
  return true;
}

void daimon_export(napi_env env, napi_value exports, const daimon_function *table, size_t count) {
  for (size_t i = 0; i < count; i++) {
    napi_value function;
    napi_create_function(env, table[i].name, NAPI_AUTO_LENGTH, table[i].call, NULL, &function);
    daimon_set(env, exports, table[i].name, function);
  }
}
