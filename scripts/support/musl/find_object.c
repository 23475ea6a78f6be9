// What GCC 12's unwinder asks glibc for (since 2.35) and musl does not have: _dl_find_object(), which tells where the
// tables for unwinding at an address are. dl_iterate_phdr() tells the same, slower.
#define _GNU_SOURCE
#include <link.h>
#include <stddef.h>

// <dlfcn.h> of glibc, struct dl_find_object, on x64.
struct found {
  unsigned long long flags;
  void* start;
  void* end;
  struct link_map* map;
  void* eh_frame_header;
  unsigned long long reserved[7];
};

struct search {
  uintptr_t address;
  struct found* result;
};

static int look(struct dl_phdr_info* info, size_t size, void* argument) {
  struct search* search = argument;
  uintptr_t start = 0, end = 0, header = 0;
  (void)size;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr)* part = &info->dlpi_phdr[i];
    const uintptr_t at = info->dlpi_addr + part->p_vaddr;
    if (part->p_type == PT_GNU_EH_FRAME) header = at;
    if (part->p_type != PT_LOAD) continue;
    if (search->address >= at && search->address < at + part->p_memsz) {
      start = at;
      end = at + part->p_memsz;
    }
  }
  if (start == 0 || header == 0) return 0;
  search->result->flags = 0;
  search->result->start = (void*)start;
  search->result->end = (void*)end;
  search->result->map = NULL;
  search->result->eh_frame_header = (void*)header;
  return 1;
}

int _dl_find_object(void* address, struct found* result) {
  struct search search = {(uintptr_t)address, result};
  return dl_iterate_phdr(look, &search) ? 0 : -1;
}
