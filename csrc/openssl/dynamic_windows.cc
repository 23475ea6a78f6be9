// Windows binds each import to the file that the import table names, so a library that names
// libcrypto gets libcrypto, whatever node.exe exports. Only which file of that name it gets has to
// be seen to.
#ifdef _WIN32

#include "../base/paths.h"
#include "../base/windows_names.h"
#include "binary.h"
#include "dynamic.h"

namespace ownssl {

namespace {

// Windows looks in the folder of the library itself and in the system's, and nowhere else: not
// beside node.exe, not on the PATH, not in the current folder.
constexpr DWORD kSearch = LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32;

bool IsAbsolute(const std::wstring& name) {
  return (name.size() > 2 && name[1] == L':') || name.compare(0, 2, L"\\\\") == 0;
}

// Which imports of a file neither its folder nor the system has.
std::string MissingBeside(const std::string& name) {
  std::string missing;
  const std::filesystem::path folder = PathFrom(name).parent_path();
  for (const std::string& import : ImportedFiles(name)) {
    // The names of API sets are not those of files; the system knows what they stand for.
    if (_strnicmp(import.c_str(), "api-ms-", 7) == 0 ||
        _strnicmp(import.c_str(), "ext-ms-", 7) == 0)
      continue;
    if (IsFile(folder / PathFrom(import)) || IsFile(PathFrom(SystemFolder()) / PathFrom(import))) {
      continue;
    }
    missing += (missing.empty() ? "" : ", ") + import;
  }
  return missing;
}

}  // namespace

const char* IsolationMethod() { return "imports"; }

void* OpenIsolated(const std::string& name, std::string* error) {
  const std::wstring wide = LongName(Wide(name));
  const bool absolute = IsAbsolute(wide);
  *error = absolute ? WhyNotLoadable(name) : "";
  if (!error->empty()) return nullptr;
  // Windows would show a window and ask a person, for example about a damaged file.
  DWORD mode = 0;
  SetThreadErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX, &mode);
  HMODULE handle =
      LoadLibraryExW(wide.c_str(), nullptr, absolute ? kSearch : LOAD_LIBRARY_SEARCH_SYSTEM32);
  const DWORD code = GetLastError();
  SetThreadErrorMode(mode, nullptr);
  if (handle) return handle;
  *error = WindowsError(code);
  if (code == ERROR_MOD_NOT_FOUND && absolute) {
    const std::string missing = MissingBeside(name);
    if (!missing.empty()) *error = "needs " + missing + ", which is not beside it nor the system's";
  }
  return nullptr;
}

void* OpenHost() { return GetModuleHandleW(nullptr); }

void* OpenLoaded(const std::string& path) {
  HMODULE handle = nullptr;
  return GetModuleHandleExW(0, Wide(path).c_str(), &handle) != 0 ? handle : nullptr;
}

void CloseLibrary(void* handle) {
  if (handle && handle != OpenHost()) FreeLibrary(static_cast<HMODULE>(handle));
}

void* FindSymbol(void* handle, const char* name) {
  return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(handle), name));
}

std::string PathOf(void* handle) {
  std::wstring path(32768, L'\0');  // The longest name that Windows has.
  path.resize(GetModuleFileNameW(static_cast<HMODULE>(handle), path.data(),
                                 static_cast<DWORD>(path.size())));
  if (path.compare(0, 8, L"\\\\?\\UNC\\") == 0) return Utf8(L"\\\\" + path.substr(8));
  if (path.compare(0, 4, L"\\\\?\\") == 0) path.erase(0, 4);
  return Utf8(path);
}

std::string FileOf(const void* address) {
  HMODULE handle = nullptr;
  constexpr DWORD kHow =
      GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
  if (!GetModuleHandleExW(kHow, static_cast<const wchar_t*>(address), &handle)) return "";
  return PathOf(handle);
}

void PinAddon() {
  HMODULE self = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                     reinterpret_cast<const wchar_t*>(&PinAddon), &self);
}

}  // namespace ownssl

#endif
