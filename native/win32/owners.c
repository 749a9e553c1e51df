/* Who a file belongs to. What its access list grants to others is not judged: see docs/windows.md. */
#include "win32.h"
#include <aclapi.h>
#include <sddl.h>
#include <stdlib.h>

/* They may do everything anyway, or stand for "nobody in particular". Other users of the system that Wine
 * runs on appear as ANONYMOUS LOGON, and are strangers. */
static const WELL_KNOWN_SID_TYPE trusted[] = {
    WinLocalSystemSid,
    WinBuiltinAdministratorsSid,
    WinWorldSid, /* file systems without owners (FAT) */
};

static const wchar_t *TRUSTED_INSTALLER = L"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";

static bool is_trusted(PSID owner) {
  for (size_t i = 0; i < sizeof trusted / sizeof *trusted; i++)
    if (IsWellKnownSid(owner, trusted[i])) return true;
  PSID installer;
  if (!ConvertStringSidToSidW(TRUSTED_INSTALLER, &installer)) return false;
  bool same = EqualSid(owner, installer);
  LocalFree(installer);
  return same;
}

/* Also the Administrators' where we are of them and have their rights: Windows gives them what we make. */
static bool is_ours(PSID owner) {
  BYTE buffer[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
  DWORD size;
  BOOL member = FALSE;
  HANDLE token;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return false;
  bool same = GetTokenInformation(token, TokenUser, buffer, sizeof buffer, &size) &&
              EqualSid(owner, ((TOKEN_USER *)buffer)->User.Sid);
  CloseHandle(token);
  if (same) return true;
  return IsWellKnownSid(owner, WinBuiltinAdministratorsSid) && CheckTokenMembership(NULL, owner, &member) && member;
}

/* fileOwner(path): { isOurs, isTrusted, name }; null where there is no such file, or no owner is told. */
static napi_value file_owner(napi_env env, napi_callback_info info) {
  napi_value args[1], result;
  wchar_t *path, *name;
  PSID owner;
  PSECURITY_DESCRIPTOR descriptor;
  daimon_arguments(env, info, args, 1);
  if (!daimon_get_wide(env, args[0], &path)) return NULL;
  DWORD error = GetNamedSecurityInfoW(path, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL, &descriptor);
  free(path);
  if (error != ERROR_SUCCESS) return daimon_null(env);
  if (owner == NULL || !ConvertSidToStringSidW(owner, &name)) {
    LocalFree(descriptor);
    return daimon_null(env);
  }
  napi_create_object(env, &result);
  daimon_set(env, result, "isOurs", daimon_bool(env, is_ours(owner)));
  daimon_set(env, result, "isTrusted", daimon_bool(env, is_trusted(owner)));
  daimon_set(env, result, "name", daimon_wide(env, name));
  LocalFree(name);
  LocalFree(descriptor);
  return result;
}

static const daimon_function functions[] = {{"fileOwner", file_owner}};

void daimon_register_owners(napi_env env, napi_value exports) {
  daimon_export(env, exports, functions, sizeof functions / sizeof *functions);
}
