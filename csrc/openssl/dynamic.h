// Opening shared libraries so that they see themselves before they see the node executable.
#pragma once

#include <string>

namespace ownssl {

// False where the dynamic linker has no way to put a library's own symbols first (musl), and on the
// systems that nobody has tried yet. A static build and Node's own OpenSSL work there.
bool CanIsolate();

// A handle, or null and the reason. A name without a slash is searched as the dynamic linker does.
void* OpenIsolated(const std::string& name, std::string* error);

// The process itself: the node executable and what it was linked with.
void* OpenHost();

void CloseLibrary(void* handle);

void* FindSymbol(void* handle, const char* name);

// The file that a handle was loaded from; empty when the system doesn't tell.
std::string PathOf(void* handle);

}  // namespace ownssl
