// libFuzzer for parsers in JavaScript: a module for Node that has libFuzzer in it. It is told of
// counters, which code that was instrumented (test/fuzz/instrument.mjs) raises, and of what that
// code compares.
//
//   counters(size)      a Uint8Array, one byte for each place in the code; once
//   compared(a, b)      two numbers, or two texts
//   run(args, call)     does not return: call(buffer) for each input; if it throws, the input is
//   kept

#include <node_api.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

extern "C" {
int LLVMFuzzerRunDriver(int* argc, char*** argv, int (*call)(const uint8_t* data, size_t size));
void __sanitizer_cov_8bit_counters_init(uint8_t* start, uint8_t* stop);
void __sanitizer_cov_pcs_init(const uintptr_t* start, const uintptr_t* stop);
void __sanitizer_cov_trace_cmp4(uint32_t first, uint32_t second);
void __sanitizer_weak_hook_memcmp(void* caller, const void* first, const void* second, size_t size,
                                  int result);
}

namespace {

napi_env env = nullptr;
napi_value call = nullptr;

void Check(napi_status status) {
  if (status == napi_ok) return;
  std::fprintf(stderr, "Node-API answers %d\n", status);
  std::abort();
}

void PrintException() {
  napi_value error;
  Check(napi_get_and_clear_last_exception(env, &error));
  napi_value stack;
  bool has = false;
  napi_valuetype type;
  Check(napi_typeof(env, error, &type));
  if (type == napi_object) {
    Check(napi_has_named_property(env, error, "stack", &has));
    if (has) Check(napi_get_named_property(env, error, "stack", &stack));
  }
  napi_value text;
  Check(napi_coerce_to_string(env, has ? stack : error, &text));
  char buffer[4096];
  size_t size = 0;
  Check(napi_get_value_string_utf8(env, text, buffer, sizeof(buffer), &size));
  std::fprintf(stderr, "%.*s\n", static_cast<int>(size), buffer);
}

// libFuzzer keeps the input of a call that ends the process.
int Try(const uint8_t* data, size_t size) {
  napi_handle_scope scope;
  Check(napi_open_handle_scope(env, &scope));
  napi_value input;
  Check(napi_create_buffer_copy(env, size, data, nullptr, &input));
  napi_value global;
  Check(napi_get_global(env, &global));
  if (napi_call_function(env, global, call, 1, &input, nullptr) != napi_ok) {
    PrintException();
    std::abort();
  }
  Check(napi_close_handle_scope(env, scope));
  return 0;
}

napi_value Counters(napi_env given, napi_callback_info info) {
  env = given;
  size_t count = 1;
  napi_value argument;
  Check(napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr));
  uint32_t size = 0;
  Check(napi_get_value_uint32(env, argument, &size));
  auto* counters = new uint8_t[size]();
  // Pairs of an address and of flags. The addresses only have to differ.
  auto* places = new uintptr_t[2 * size]();
  for (uint32_t i = 0; i < size; ++i) places[2 * i] = 0x1000 + i;
  __sanitizer_cov_8bit_counters_init(counters, counters + size);
  __sanitizer_cov_pcs_init(places, places + 2 * size);
  napi_value buffer;
  Check(napi_create_external_arraybuffer(env, counters, size, nullptr, nullptr, &buffer));
  napi_value array;
  Check(napi_create_typedarray(env, napi_uint8_array, size, buffer, 0, &array));
  return array;
}

// What is compared is tried as a part of further inputs.
napi_value Compared(napi_env given, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  Check(napi_get_cb_info(given, info, &count, arguments, nullptr, nullptr));
  uint32_t numbers[2];
  if (napi_get_value_uint32(given, arguments[0], &numbers[0]) == napi_ok &&
      napi_get_value_uint32(given, arguments[1], &numbers[1]) == napi_ok) {
    __sanitizer_cov_trace_cmp4(numbers[0], numbers[1]);
    return nullptr;
  }
  char texts[2][64];
  size_t sizes[2];
  for (int i : {0, 1}) {
    if (napi_get_value_string_latin1(given, arguments[i], texts[i], sizeof(texts[i]), &sizes[i]) !=
        napi_ok) {
      return nullptr;
    }
  }
  const size_t size = sizes[0] < sizes[1] ? sizes[0] : sizes[1];
  const int result = std::memcmp(texts[0], texts[1], size);
  if (size > 0 && result != 0) {
    __sanitizer_weak_hook_memcmp(nullptr, texts[0], texts[1], size, result);
  }
  return nullptr;
}

napi_value Run(napi_env given, napi_callback_info info) {
  env = given;
  size_t count = 2;
  napi_value arguments[2];
  Check(napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr));
  call = arguments[1];
  uint32_t length = 0;
  Check(napi_get_array_length(env, arguments[0], &length));
  auto* words = new std::vector<std::string>(length);
  auto* argv = new std::vector<char*>();
  for (uint32_t i = 0; i < length; ++i) {
    napi_value word;
    Check(napi_get_element(env, arguments[0], i, &word));
    char buffer[4096];
    size_t size = 0;
    Check(napi_get_value_string_utf8(env, word, buffer, sizeof(buffer), &size));
    (*words)[i].assign(buffer, size);
    argv->push_back((*words)[i].data());
  }
  argv->push_back(nullptr);
  int argc = static_cast<int>(length);
  char** start = argv->data();
  std::exit(LLVMFuzzerRunDriver(&argc, &start, &Try));
}

napi_value Init(napi_env given, napi_value exports) {
  const auto add = [&](const char* name, napi_callback function) {
    napi_value value;
    Check(napi_create_function(given, name, NAPI_AUTO_LENGTH, function, nullptr, &value));
    Check(napi_set_named_property(given, exports, name, value));
  };
  add("counters", &Counters);
  add("compared", &Compared);
  add("run", &Run);
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
