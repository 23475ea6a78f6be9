// A member function of std::string that libstdc++ has out of line from version 13 on, and Node was built with; Debian 12
// has the sources of 12. Replaces `old_size` characters at `at` by `size` others, which may be part of the string, and
// moves the `rest` behind them. The caller has seen to the room.
#include <cstring>
#include <string>

extern "C" void _ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE15_M_replace_coldEPcmPKcmm(
    void*, char* at, unsigned long old_size, const char* text, unsigned long size,
    unsigned long rest) {
  const std::string copy(text, size);
  if (rest != 0 && old_size != size) std::memmove(at + size, at + old_size, rest);
  std::memcpy(at, copy.data(), size);
}
