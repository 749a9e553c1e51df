#include "values.h"

typedef enum { UNDEFINED, NONE, BOOLEAN, NUMBER, STRING, OBJECT, ARRAY, KINDS } kind;

struct napi_value__ {
  kind is;
  int64_t number;
  size_t length;
  char *text;
  struct napi_value__ *before;
};

static const uint8_t *input;
static size_t left;
static bool pending;
static struct napi_value__ *last;
static napi_value argument;

void values_from(const uint8_t *bytes, size_t count) {
  values_forget();
  input = bytes;
  left = count;
  pending = false;
  argument = NULL;
}

void values_forget(void) {
  for (struct napi_value__ *value = last, *before; value != NULL; value = before) {
    before = value->before;
    free(value->text);
    free(value);
  }
  last = NULL;
}

uint8_t next_byte(void) { return left == 0 ? 0 : (left--, *input++); }

size_t next_bytes(char *to, size_t most) {
  size_t count = 0;
  while (count < most && left > 0) to[count++] = (char)next_byte();
  return count;
}

bool exception_pending(void) { return pending; }

void hand_out(napi_value value) { argument = value; }

static napi_value make(kind is) {
  struct napi_value__ *value = calloc(1, sizeof *value);
  value->is = is;
  value->before = last;
  return last = value;
}

static napi_value draw(void) {
  uint8_t what = next_byte();
  napi_value value = make(what % KINDS);
  value->length = what / KINDS % 9;
  if (value->is == BOOLEAN) value->number = what / KINDS % 2;
  if (value->is == NUMBER) next_bytes((char *)&value->number, value->length > 8 ? 8 : value->length);
  if (value->is != STRING) return value;
  if (what > 240) value->length = 5000;
  value->text = calloc(1, value->length + 1);
  size_t got = next_bytes(value->text, value->length);
  memset(value->text + got, 'x', value->length - got);
  return value;
}

/* --- the part of Node-API that readers of arguments use -------------------------------------- */

napi_status napi_get_cb_info(napi_env env, napi_callback_info info, size_t *count, napi_value *values, napi_value *self,
                             void **data) {
  (void)env, (void)info, (void)self, (void)data;
  for (size_t i = 0; i < *count; i++) values[i] = i == 0 && argument != NULL ? argument : draw();
  return napi_ok;
}

/* These fail while an exception is pending, as Node's do; the plain readers of values do not. */
napi_status napi_get_named_property(napi_env env, napi_value object, const char *name, napi_value *result) {
  (void)env, (void)name;
  if (pending) return napi_pending_exception;
  if (object->is == UNDEFINED || object->is == NONE) return napi_object_expected;
  *result = draw();
  return napi_ok;
}

napi_status napi_get_element(napi_env env, napi_value array, uint32_t index, napi_value *result) {
  (void)env, (void)index;
  if (pending) return napi_pending_exception;
  if (array->is != OBJECT && array->is != ARRAY) return napi_object_expected;
  *result = draw();
  return napi_ok;
}

napi_status napi_get_array_length(napi_env env, napi_value array, uint32_t *result) {
  (void)env;
  if (array->is != ARRAY) return napi_array_expected;
  *result = (uint32_t)array->length;
  return napi_ok;
}

napi_status napi_typeof(napi_env env, napi_value value, napi_valuetype *result) {
  static const napi_valuetype types[] = {napi_undefined, napi_null,   napi_boolean, napi_number,
                                         napi_string,    napi_object, napi_object};
  (void)env;
  *result = types[value->is];
  return napi_ok;
}

napi_status napi_get_value_bool(napi_env env, napi_value value, bool *result) {
  (void)env;
  if (value->is != BOOLEAN) return napi_boolean_expected;
  *result = value->number != 0;
  return napi_ok;
}

napi_status napi_get_value_int64(napi_env env, napi_value value, int64_t *result) {
  (void)env;
  if (value->is != NUMBER) return napi_number_expected;
  *result = value->number;
  return napi_ok;
}

napi_status napi_get_value_string_utf8(napi_env env, napi_value value, char *to, size_t room, size_t *length) {
  (void)env;
  if (value->is != STRING) return napi_string_expected;
  size_t count = to == NULL || value->length < room ? value->length : room - 1;
  if (to != NULL) memcpy(to, value->text, count), to[count] = '\0';
  if (length != NULL) *length = count;
  return napi_ok;
}

napi_status napi_get_undefined(napi_env env, napi_value *result) { return (void)env, *result = make(UNDEFINED), napi_ok; }
napi_status napi_get_null(napi_env env, napi_value *result) { return (void)env, *result = make(NONE), napi_ok; }
napi_status napi_create_object(napi_env env, napi_value *result) { return (void)env, *result = make(OBJECT), napi_ok; }

napi_status napi_create_int64(napi_env env, int64_t number, napi_value *result) {
  (void)env;
  *result = make(NUMBER);
  (*result)->number = number;
  return napi_ok;
}

/* Reads all of it: a length that is none is seen by the sanitizers. */
napi_status napi_create_string_utf8(napi_env env, const char *text, size_t length, napi_value *result) {
  (void)env;
  *result = make(STRING);
  (*result)->length = length == NAPI_AUTO_LENGTH ? strlen(text) : length;
  (*result)->text = malloc((*result)->length + 1);
  memcpy((*result)->text, text, (*result)->length);
  return napi_ok;
}

napi_status napi_set_named_property(napi_env env, napi_value object, const char *name, napi_value value) {
  (void)env, (void)name;
  MUST(object->is == OBJECT && value->is < KINDS);
  return napi_ok;
}

napi_status napi_throw(napi_env env, napi_value error) { return (void)env, (void)error, pending = true, napi_ok; }

napi_status napi_throw_error(napi_env env, const char *code, const char *message) {
  (void)env, (void)code, (void)message;
  pending = true;
  return napi_ok;
}

napi_status napi_throw_type_error(napi_env env, const char *code, const char *message) {
  return napi_throw_error(env, code, message);
}

napi_status napi_create_error(napi_env env, napi_value code, napi_value message, napi_value *result) {
  (void)env, (void)code, (void)message;
  *result = make(OBJECT);
  return napi_ok;
}
