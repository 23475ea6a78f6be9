#include "paths.h"

#include <cstdlib>
#include <system_error>

#ifdef _WIN32
#include "windows_names.h"
#endif

namespace ownssl {

namespace fs = std::filesystem;

#ifdef _WIN32

fs::path PathFrom(const std::string& utf8) { return fs::path(Wide(utf8)); }

std::string Utf8(const fs::path& path) { return Utf8(path.wstring()); }

namespace {

DWORD AttributesOf(const fs::path& path) {
  return GetFileAttributesW(LongName(path.wstring()).c_str());
}

}  // namespace

bool Exists(const fs::path& path) { return AttributesOf(path) != INVALID_FILE_ATTRIBUTES; }

bool IsFile(const fs::path& path) {
  const DWORD attributes = AttributesOf(path);
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
}

bool IsFolder(const fs::path& path) {
  const DWORD attributes = AttributesOf(path);
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

FilePointer OpenForReading(const fs::path& path) {
  return FilePointer(_wfopen(LongName(path.wstring()).c_str(), L"rb"));
}

std::optional<std::string> FindEnvironment(const char* name) {
  const std::wstring wide = Wide(name);
  // The length has the terminator in it, also where the value is empty.
  std::wstring value(GetEnvironmentVariableW(wide.c_str(), nullptr, 0), L'\0');
  if (value.empty()) return std::nullopt;
  value.resize(
      GetEnvironmentVariableW(wide.c_str(), value.data(), static_cast<DWORD>(value.size())));
  return Utf8(value);
}

fs::path Absolute(const std::string& utf8) {
  const std::wstring name = Wide(utf8);
  std::wstring full(GetFullPathNameW(name.c_str(), 0, nullptr, nullptr), L'\0');
  if (full.empty()) return fs::path(name);
  full.resize(
      GetFullPathNameW(name.c_str(), static_cast<DWORD>(full.size()), full.data(), nullptr));
  while (full.size() > 3 && full.back() == L'\\') full.pop_back();
  return fs::path(full);
}

#else

fs::path PathFrom(const std::string& utf8) { return fs::path(utf8); }

std::string Utf8(const fs::path& path) { return path.string(); }

bool Exists(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

bool IsFile(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

bool IsFolder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

FilePointer OpenForReading(const fs::path& path) {
  return FilePointer(std::fopen(path.c_str(), "rb"));
}

std::optional<std::string> FindEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value ? std::optional<std::string>(value) : std::nullopt;
}

fs::path Absolute(const std::string& utf8) {
  std::error_code error;
  return fs::absolute(utf8, error).lexically_normal();
}

#endif

std::string Environment(const char* name) { return FindEnvironment(name).value_or(""); }

}  // namespace ownssl
