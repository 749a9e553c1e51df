/* Files as the standard streams of a daemon, and files that only one process may hold open. */
#include "win32.h"
#include <stdlib.h>

enum { SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };

/* openStream(path, append): a handle, also on NUL. What is appended to may be rotated meanwhile. */
static napi_value open_stream(napi_env env, napi_callback_info info) {
  napi_value args[2];
  wchar_t *path;
  bool append;
  daimon_arguments(env, info, args, 2);
  if (napi_get_value_bool(env, args[1], &append) != napi_ok || !daimon_get_wide(env, args[0], &path)) return NULL;
  // Without FILE_WRITE_DATA every write goes to the end, whoever else writes. CreateFile(), FILE_APPEND_DATA.
  DWORD access = append ? FILE_APPEND_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE : GENERIC_READ;
  HANDLE file = CreateFileW(path, access, SHARE_ALL, NULL, append ? OPEN_ALWAYS : OPEN_EXISTING,
                            FILE_ATTRIBUTE_NORMAL, NULL);
  napi_value result = file != INVALID_HANDLE_VALUE ? daimon_handle(env, file)
                                                   : daimon_throw_windows(env, "CreateFile", GetLastError(), path);
  free(path);
  return result;
}

/*
 * holdFile(path, create): opens it so that nobody else can write to it, for as long as this handle or
 * a duplicate of it is open in any process. null: somebody else does, or it is just being removed.
 * undefined: there is none.
 */
static napi_value hold_file(napi_env env, napi_callback_info info) {
  napi_value args[2];
  wchar_t *path;
  bool create;
  daimon_arguments(env, info, args, 2);
  if (napi_get_value_bool(env, args[1], &create) != napi_ok || !daimon_get_wide(env, args[0], &path)) return NULL;
  HANDLE file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE | DELETE, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                            create ? OPEN_ALWAYS : OPEN_EXISTING,
                            FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
  DWORD error = GetLastError();
  napi_value result;
  if (file != INVALID_HANDLE_VALUE) result = daimon_handle(env, file);
  else if (error == ERROR_SHARING_VIOLATION || error == ERROR_DELETE_PENDING) result = daimon_null(env);
  else if (!create && (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND)) result = daimon_undefined(env);
  else result = daimon_throw_windows(env, "CreateFile", error, path);
  free(path);
  return result;
}

/* isFileHeld(path): whether some process holds it by holdFile(); null when there is none. */
static napi_value is_file_held(napi_env env, napi_callback_info info) {
  napi_value args[1];
  wchar_t *path;
  daimon_arguments(env, info, args, 1);
  if (!daimon_get_wide(env, args[0], &path)) return NULL;
  // Who opens it without letting others write is refused by those who do.
  HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                            FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
  DWORD error = GetLastError();
  napi_value result;
  if (file != INVALID_HANDLE_VALUE) {
    CloseHandle(file);
    result = daimon_bool(env, false);
  } else if (error == ERROR_SHARING_VIOLATION || error == ERROR_DELETE_PENDING) result = daimon_bool(env, true);
  else if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND) result = daimon_null(env);
  else result = daimon_throw_windows(env, "CreateFile", error, path);
  free(path);
  return result;
}

/* writeHeld(handle, text): replaces what the file holds; text of ASCII. */
static napi_value write_held(napi_env env, napi_callback_info info) {
  napi_value args[2];
  HANDLE file;
  char *text;
  DWORD written;
  daimon_arguments(env, info, args, 2);
  if (!daimon_get_handle(env, args[0], &file) || !daimon_get_string(env, args[1], &text)) return NULL;
  bool done = SetFilePointer(file, 0, NULL, FILE_BEGIN) == 0 && SetEndOfFile(file) &&
              WriteFile(file, text, (DWORD)lstrlenA(text), &written, NULL);
  DWORD error = GetLastError();
  free(text);
  return done ? daimon_undefined(env) : daimon_throw_windows(env, "WriteFile", error, NULL);
}

/* removeHeld(handle): the file goes when its last handle is closed; until then nobody can open it anew. */
static napi_value remove_held(napi_env env, napi_callback_info info) {
  napi_value args[1];
  HANDLE file;
  daimon_arguments(env, info, args, 1);
  if (!daimon_get_handle(env, args[0], &file)) return NULL;
  FILE_DISPOSITION_INFO disposition = {.DeleteFile = TRUE};
  if (!SetFileInformationByHandle(file, FileDispositionInfo, &disposition, sizeof disposition))
    return daimon_throw_windows(env, "SetFileInformationByHandle", GetLastError(), NULL);
  return daimon_undefined(env);
}

static const daimon_function functions[] = {
    {"openStream", open_stream}, {"holdFile", hold_file},     {"isFileHeld", is_file_held},
    {"writeHeld", write_held},   {"removeHeld", remove_held},
};

void daimon_register_files(napi_env env, napi_value exports) {
  daimon_export(env, exports, functions, sizeof functions / sizeof *functions);
}
