// The addon's imports name node.exe. This looks them up, when they are first called, in the
// executable, whatever it is called (a renamed Node, Electron, a single executable application), or
// in a Node that is a DLL. node-gyp adds the same to what MSVC builds.
#ifdef __MINGW32__

#include "../base/windows_names.h"

// This header has to come after windows.h.
#include <delayimp.h>

namespace {

FARPROC WINAPI FindNode(unsigned event, PDelayLoadInfo info) {
  if (event != dliNotePreLoadLibrary || _stricmp(info->szDll, "node.exe") != 0) return nullptr;
  HMODULE library = GetModuleHandleW(L"libnode.dll");
  return reinterpret_cast<FARPROC>(library ? library : GetModuleHandleW(nullptr));
}

// The hook is set before Node calls the addon for the first time.
struct Install {
  Install() { __pfnDliNotifyHook2 = &FindNode; }
} install;

}  // namespace

#endif
