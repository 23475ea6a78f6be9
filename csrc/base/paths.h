// File names and environment variables in UTF-8, which is what JavaScript and OpenSSL exchange with
// us. Windows' own functions take UTF-16, and its C library would read UTF-8 as the code page.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace ownssl {

std::filesystem::path PathFrom(const std::string& utf8);
std::string Utf8(const std::filesystem::path& path);

// Returns false where the file does not exist, and where the system can't be asked. On Windows a
// name may have any length.
bool Exists(const std::filesystem::path& path);
bool IsFile(const std::filesystem::path& path);
bool IsFolder(const std::filesystem::path& path);

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FilePointer = std::unique_ptr<std::FILE, CloseFile>;

// Opens a file for reading, in binary; null with errno where that fails.
FilePointer OpenForReading(const std::filesystem::path& path);

// Returns the value of a variable, which may be set and empty.
std::optional<std::string> FindEnvironment(const char* name);

// Returns the value of a variable; empty where it is not set.
std::string Environment(const char* name);

// Returns `folder` made absolute, with one kind of separator and no dots.
std::filesystem::path Absolute(const std::string& utf8);

}  // namespace ownssl
