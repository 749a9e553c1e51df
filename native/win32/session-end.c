/*
 * The end of the session: log-off, shutdown. Windows tells it to console programs by CTRL_LOGOFF and
 * CTRL_SHUTDOWN, but not to those that have loaded user32.dll, as Node has: these hear it in a window.
 * Ours is a top-level one, as message-only windows are left out, that nobody ever sees.
 * WM_ENDSESSION; SetConsoleCtrlHandler, "Remarks".
 */
#include "win32.h"
#include "signals.h"

static HANDLE thread;
static DWORD thread_id;

static LRESULT CALLBACK on_message(HWND window, UINT message, WPARAM is_ending, LPARAM more) {
  if (message == WM_QUERYENDSESSION) return TRUE;
  if (message != WM_ENDSESSION || !is_ending) return DefWindowProcW(window, message, is_ending, more);
  /* When this returns the session may end, and this process with it. After some 5 s Windows waits no more. */
  if (daimon_arrive(DAIMON_SIGTERM, 0)) Sleep(INFINITE);
  return 0;
}

static DWORD WINAPI hear_end(void *module) {
  WNDCLASSW class = {.lpfnWndProc = on_message, .hInstance = module, .lpszClassName = L"daimon session end"};
  MSG message;
  RegisterClassW(&class);
  HWND window = CreateWindowExW(0, class.lpszClassName, L"daimon", 0, 0, 0, 0, 0, NULL, NULL, module, NULL);
  while (window != NULL && GetMessageW(&message, NULL, 0, 0) > 0) DispatchMessageW(&message);
  if (window != NULL) DestroyWindow(window);
  UnregisterClassW(class.lpszClassName, module);
  return 0;
}

void daimon_hear_session_end(void) {
  HMODULE self;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                     (LPCWSTR)(void *)daimon_hear_session_end, &self);
  thread = CreateThread(NULL, 64 * 1024, hear_end, self, STACK_SIZE_PARAM_IS_A_RESERVATION, &thread_id);
}

void daimon_leave_session_end(void) {
  if (thread == NULL) return;
  /* Before its first GetMessage() a thread has no queue to post to. */
  while (!PostThreadMessageW(thread_id, WM_QUIT, 0, 0) && WaitForSingleObject(thread, 1) == WAIT_TIMEOUT) {}
  WaitForSingleObject(thread, INFINITE);
  CloseHandle(thread);
  thread = NULL;
}
