// STACK_OF(T) without OpenSSL's macros, which call the OPENSSL_sk_* functions by name.
#pragma once

#include "api.h"

namespace ownssl {

// The number of elements; none for a null stack.
template <typename Stack>
int StackSize(const Stack* stack) {
  const int size = ossl.OPENSSL_sk_num(reinterpret_cast<const OPENSSL_STACK*>(stack));
  return size < 0 ? 0 : size;
}

// The element at an index, borrowed: `StackAt<X509>(chain, 0)`.
template <typename T, typename Stack>
T* StackAt(const Stack* stack, int index) {
  return static_cast<T*>(
      ossl.OPENSSL_sk_value(reinterpret_cast<const OPENSSL_STACK*>(stack), index));
}

// An empty stack, for an owner: `X509StackPointer chain(NewStack<STACK_OF(X509)>());`.
template <typename Stack>
Stack* NewStack() {
  return reinterpret_cast<Stack*>(ossl.OPENSSL_sk_new_null());
}

// False when there is no memory. Whether the stack owns the element is up to the stack's pointer.
template <typename Stack, typename T>
bool StackPush(Stack* stack, T* element) {
  return ossl.OPENSSL_sk_push(reinterpret_cast<OPENSSL_STACK*>(stack), element) > 0;
}

}  // namespace ownssl
