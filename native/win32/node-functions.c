/*
 * Node-API, looked up in the program that loaded us. An import library would name "node.exe" in the
 * addon, and Windows would load that beside a Node of another name; here no linker's trick (delay
 * loading) is needed, and every compiler does. A declaration with dllimport makes a call through
 * __imp_<name>: these are they.
 */
#include "win32.h"

#define NODE_FUNCTIONS(X)                                                                           \
  X(napi_acquire_threadsafe_function) X(napi_add_env_cleanup_hook) X(napi_call_function)            \
  X(napi_call_threadsafe_function) X(napi_create_array_with_length) X(napi_create_bigint_uint64)    \
  X(napi_create_buffer_copy) X(napi_create_error) X(napi_create_external_arraybuffer)               \
  X(napi_create_function) X(napi_create_int64) X(napi_create_object) X(napi_create_reference)       \
  X(napi_create_string_utf16) X(napi_create_string_utf8) X(napi_create_threadsafe_function)         \
  X(napi_delete_reference) X(napi_get_array_length) X(napi_get_boolean) X(napi_get_buffer_info)     \
  X(napi_get_cb_info) X(napi_get_element) X(napi_get_global) X(napi_get_instance_data)              \
  X(napi_get_named_property) X(napi_get_null) X(napi_get_reference_value)                           \
  X(napi_get_threadsafe_function_context) X(napi_get_typedarray_info) X(napi_get_undefined)         \
  X(napi_get_value_bool) X(napi_get_value_int64) X(napi_get_value_string_utf16)                     \
  X(napi_get_value_string_utf8) X(napi_ref_threadsafe_function) X(napi_release_threadsafe_function) \
  X(napi_remove_env_cleanup_hook) X(napi_set_element) X(napi_set_instance_data)                     \
  X(napi_set_named_property) X(napi_throw) X(napi_throw_error) X(napi_throw_type_error)             \
  X(napi_typeof) X(napi_unref_threadsafe_function)

#define VARIABLE(name) FARPROC __imp_##name;
NODE_FUNCTIONS(VARIABLE)

daimon_uv_get_osfhandle daimon_fd_to_handle;

#define LOOK_UP(name) __imp_##name = GetProcAddress(host, #name);

/* Nothing here loads a library: DllMain's lock is held. DllMain, "Dynamic-Link Library Best Practices". */
BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved) {
  (void)reserved;
  if (reason != DLL_PROCESS_ATTACH) return TRUE;
  DisableThreadLibraryCalls(self);
  HMODULE host = GetModuleHandleW(L"node.dll");
  if (host == NULL) host = GetModuleHandleW(L"libnode.dll");
  if (host == NULL) host = GetModuleHandleW(NULL);
  NODE_FUNCTIONS(LOOK_UP)
  daimon_fd_to_handle = (daimon_uv_get_osfhandle)(void *)GetProcAddress(host, "uv_get_osfhandle");
  return TRUE;
}
