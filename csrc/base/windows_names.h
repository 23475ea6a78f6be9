// Windows' own functions, and the names that they understand.
#pragma once

#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

#include <string>

namespace ownssl {

std::wstring Wide(const std::string& utf8);
std::string Utf8(const std::wstring& wide);

// Windows understands an absolute name that is longer than MAX_PATH with a prefix only.
std::wstring LongName(const std::wstring& absolute);

// Where Windows keeps its libraries.
std::string SystemFolder();

// What an error of GetLastError() means, in English where Windows has it.
std::string WindowsError(DWORD code);

}  // namespace ownssl
