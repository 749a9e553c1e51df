/* Windows' kinds of values, and its errors, as JavaScript has them. */
#include "win32.h"
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

bool daimon_get_wide(napi_env env, napi_value value, wchar_t **result) {
  size_t length;
  if (napi_get_value_string_utf16(env, value, NULL, 0, &length) != napi_ok) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "daimon native: a string was expected");
    return false;
  }
  wchar_t *text = malloc((length + 1) * sizeof *text);
  if (text == NULL) {
    napi_throw_error(env, "ENOMEM", "daimon native: out of memory");
    return false;
  }
  napi_get_value_string_utf16(env, value, (char16_t *)text, length + 1, &length);
  if (wcslen(text) != length) {
    free(text);
    napi_throw_type_error(env, "ERR_INVALID_ARG_VALUE", "daimon native: a string without NUL was expected");
    return false;
  }
  *result = text;
  return true;
}

napi_value daimon_wide(napi_env env, const wchar_t *text) {
  napi_value result;
  napi_create_string_utf16(env, (const char16_t *)text, NAPI_AUTO_LENGTH, &result);
  return result;
}

bool daimon_get_handle(napi_env env, napi_value value, HANDLE *result) {
  int64_t number;
  if (!daimon_get_int(env, value, &number)) return false;
  *result = (HANDLE)(intptr_t)number;
  return true;
}

napi_value daimon_handle(napi_env env, HANDLE handle) { return daimon_int(env, (intptr_t)handle); }

napi_value daimon_filetime(napi_env env, FILETIME time) {
  char text[24];
  ULARGE_INTEGER whole = {.LowPart = time.dwLowDateTime, .HighPart = time.dwHighDateTime};
  snprintf(text, sizeof text, "%llu", (unsigned long long)whole.QuadPart);
  return daimon_string(env, text);
}

#define NAME(code) \
  case code:       \
    return L## #code;

static const wchar_t *name_of(DWORD error) {
  switch (error) {
    NAME(ERROR_FILE_NOT_FOUND) NAME(ERROR_PATH_NOT_FOUND) NAME(ERROR_TOO_MANY_OPEN_FILES)
    NAME(ERROR_ACCESS_DENIED) NAME(ERROR_INVALID_HANDLE) NAME(ERROR_NOT_ENOUGH_MEMORY)
    NAME(ERROR_BAD_ENVIRONMENT) NAME(ERROR_BAD_FORMAT) NAME(ERROR_OUTOFMEMORY)
    NAME(ERROR_NOT_READY) NAME(ERROR_WRITE_PROTECT) NAME(ERROR_SHARING_VIOLATION)
    NAME(ERROR_LOCK_VIOLATION) NAME(ERROR_HANDLE_EOF) NAME(ERROR_NOT_SUPPORTED)
    NAME(ERROR_BAD_NETPATH) NAME(ERROR_FILE_EXISTS) NAME(ERROR_INVALID_PARAMETER)
    NAME(ERROR_BROKEN_PIPE) NAME(ERROR_DISK_FULL) NAME(ERROR_INVALID_NAME)
    NAME(ERROR_SEM_TIMEOUT) NAME(ERROR_BAD_PATHNAME) NAME(ERROR_BUSY) NAME(ERROR_ALREADY_EXISTS)
    NAME(ERROR_BAD_EXE_FORMAT) NAME(ERROR_FILENAME_EXCED_RANGE) NAME(ERROR_DIRECTORY)
    NAME(ERROR_EXE_MACHINE_TYPE_MISMATCH) NAME(ERROR_PIPE_BUSY) NAME(ERROR_NO_DATA)
    NAME(ERROR_PIPE_NOT_CONNECTED) NAME(WAIT_TIMEOUT)
    case 740: return L"ERROR_ELEVATION_REQUIRED"; /* not in every SDK */
    NAME(ERROR_PRIVILEGE_NOT_HELD) NAME(ERROR_NO_SYSTEM_RESOURCES) NAME(ERROR_COMMITMENT_LIMIT)
    NAME(ERROR_INVALID_EXE_SIGNATURE) NAME(ERROR_EXE_MARKED_INVALID) NAME(ERROR_DELETE_PENDING)
    NAME(ERROR_CANT_ACCESS_FILE) NAME(ERROR_NOT_ENOUGH_QUOTA)
    default:
      return NULL;
  }
}

/* FormatMessage's words, in English where they are installed: the rest of our messages is English. */
static void words_of(DWORD error, wchar_t *words, DWORD size) {
  DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
  DWORD length = FormatMessageW(flags, NULL, error, MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), words, size, NULL);
  if (length == 0) length = FormatMessageW(flags, NULL, error, 0, words, size, NULL);
  while (length > 0 && wcschr(L"\r\n. ", words[length - 1]) != NULL) length--;
  words[length] = L'\0';
  if (length == 0) wcscpy(words, L"Windows has no words for it");
}

napi_value daimon_throw_windows(napi_env env, const char *step, DWORD error, const wchar_t *path) {
  wchar_t code[64], words[512], message[700];
  const wchar_t *name = name_of(error);
  if (name != NULL) wcscpy(code, name);
  else swprintf(code, sizeof code / sizeof *code, L"Win32 error %lu", error);
  words_of(error, words, sizeof words / sizeof *words);
  swprintf(message, sizeof message / sizeof *message, L"%ls: %ls, %hs", code, words, step);
  napi_value thrown;
  napi_create_error(env, daimon_wide(env, code), daimon_wide(env, message), &thrown);
  daimon_set(env, thrown, "errno", daimon_int(env, error));
  daimon_set(env, thrown, "syscall", daimon_string(env, step));
  if (path != NULL) daimon_set(env, thrown, "path", daimon_wide(env, path));
  napi_throw(env, thrown);
  return NULL;
}
