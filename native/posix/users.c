/* The database of users and groups. */
#include "daimon.h"
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h> /* getgrouplist on macOS and FreeBSD */

#define DATABASE_BYTES (1 << 20)

#ifdef __APPLE__
typedef int group_number; /* getgrouplist(3) there */
#else
typedef gid_t group_number;
#endif

/* Linux and FreeBSD tell how many there are; macOS does not. */
static group_number *read_groups(const struct passwd *user, int *count) {
  group_number *list = NULL;
  for (int room = 64;; room = *count > room ? *count : 2 * room) {
    free(list);
    list = malloc((size_t)room * sizeof *list);
    *count = room;
    if (list == NULL || getgrouplist(user->pw_name, (group_number)user->pw_gid, list, count) >= 0) return list;
  }
}

static napi_value describe_user(napi_env env, const struct passwd *user) {
  napi_value result, groups;
  int count;
  group_number *list = read_groups(user, &count);
  if (list == NULL) return daimon_throw_errno(env, "getgrouplist", ENOMEM);
  napi_create_object(env, &result);
  daimon_set(env, result, "name", daimon_string(env, user->pw_name));
  daimon_set(env, result, "uid", daimon_int(env, user->pw_uid));
  daimon_set(env, result, "gid", daimon_int(env, user->pw_gid));
  daimon_set(env, result, "home", daimon_string(env, user->pw_dir));
  daimon_set(env, result, "shell", daimon_string(env, user->pw_shell));
  napi_create_array_with_length(env, (size_t)count, &groups);
  for (int i = 0; i < count; i++) napi_set_element(env, groups, (uint32_t)i, daimon_int(env, (gid_t)list[i]));
  daimon_set(env, result, "groups", groups);
  free(list);
  return result;
}

static napi_value lookup_user(napi_env env, napi_callback_info info) {
  napi_value argument, result = NULL;
  napi_valuetype type;
  struct passwd entry, *user = NULL;
  daimon_arguments(env, info, &argument, 1);
  napi_typeof(env, argument, &type);
  char *buffer = malloc(DATABASE_BYTES), *name = NULL;
  int64_t uid;
  int error = 0;
  if (type == napi_number) {
    daimon_get_int(env, argument, &uid);
    error = getpwuid_r((uid_t)uid, &entry, buffer, DATABASE_BYTES, &user);
  } else if (daimon_get_string(env, argument, &name)) {
    error = getpwnam_r(name, &entry, buffer, DATABASE_BYTES, &user);
  }
  if (user != NULL) result = describe_user(env, user);
  else if (error != 0 && error != ENOENT && error != ESRCH) daimon_throw_errno(env, "getpwnam", error);
  else result = daimon_null(env);
  free(name);
  free(buffer);
  return result;
}

static napi_value lookup_group(napi_env env, napi_callback_info info) {
  napi_value argument, result = NULL;
  napi_valuetype type;
  struct group entry, *group = NULL;
  daimon_arguments(env, info, &argument, 1);
  napi_typeof(env, argument, &type);
  char *buffer = malloc(DATABASE_BYTES), *name = NULL;
  int64_t gid;
  int error = 0;
  if (type == napi_number) {
    daimon_get_int(env, argument, &gid);
    error = getgrgid_r((gid_t)gid, &entry, buffer, DATABASE_BYTES, &group);
  } else if (daimon_get_string(env, argument, &name)) {
    error = getgrnam_r(name, &entry, buffer, DATABASE_BYTES, &group);
  }
  if (group != NULL) {
    napi_create_object(env, &result);
    daimon_set(env, result, "name", daimon_string(env, group->gr_name));
    daimon_set(env, result, "gid", daimon_int(env, group->gr_gid));
  } else if (error != 0 && error != ENOENT && error != ESRCH) daimon_throw_errno(env, "getgrnam", error);
  else result = daimon_null(env);
  free(name);
  free(buffer);
  return result;
}

void daimon_register_users(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"lookupUser", lookup_user},
    {"lookupGroup", lookup_group},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
