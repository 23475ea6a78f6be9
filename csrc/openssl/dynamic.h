// Opening shared libraries so that they see themselves before they see the node executable.
// Each system has a file of its own: dynamic_elf.cc, dynamic_macho.cc, dynamic_windows.cc.
#pragma once

#include <string>

namespace ownssl {

// What keeps a library apart from the executable here: "deepbind" (RTLD_DEEPBIND: its own symbols
// first), "namespaces" (macOS: each of its imports names the library that it comes from), "imports"
// (Windows: the same). Empty where there is nothing (musl): a static build and Node's own OpenSSL
// work there.
const char* IsolationMethod();

// A handle, or null and the reason. A name without a slash is searched as the dynamic linker does;
// on Windows, in the system's folder alone. What a library needs is searched beside it and where
// the system keeps its libraries, never on the PATH nor in the current folder.
void* OpenIsolated(const std::string& name, std::string* error);

// The process itself: the node executable and what it was linked with.
void* OpenHost();

// The handle of a library that is loaded already, or null.
void* OpenLoaded(const std::string& path);

void CloseLibrary(void* handle);

void* FindSymbol(void* handle, const char* name);

// The file that a handle was loaded from; empty when the system doesn't tell.
std::string PathOf(void* handle);

// The addon stays in memory when the environment that loaded it ends: OpenSSL calls its functions.
// On Linux the linker has said so already (-z nodelete).
void PinAddon();

// The file that has what is at an address: this addon, for one of ours. Empty as above.
std::string FileOf(const void* address);

}  // namespace ownssl
