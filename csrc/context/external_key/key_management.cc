// Manages external keys, as far as they are public.

#include <openssl/core_dispatch.h>

#include <cstring>
#include <utility>

#include "external_key.h"
#include "operations.h"

namespace ownssl {
namespace {

void* New(void*) noexcept { return new ExternalKey(); }

void Free(void* key) noexcept { delete static_cast<ExternalKey*>(key); }

// As far as OpenSSL has to know, both halves are there.
int HasHalves(const void*, int) noexcept { return 1; }

int Import(void* key, int, const OSSL_PARAM parameters[]) noexcept {
  const OSSL_PARAM* given = ossl.OSSL_PARAM_locate_const(parameters, kKeyParameter);
  ExternalKey* source = nullptr;
  if (given == nullptr || given->data_size != sizeof(source)) return 0;
  memcpy(&source, given->data, sizeof(source));
  *static_cast<ExternalKey*>(key) = std::move(*source);
  return 1;
}

const OSSL_PARAM* ImportTypes(int) noexcept {
  static const OSSL_PARAM types[] = {OSSL_PARAM_octet_string(kKeyParameter, nullptr, 0),
                                     OSSL_PARAM_END};
  return types;
}

// OpenSSL compares the key with a certificate's by exporting it to the provider of that one. It
// also tries so for each operation, to find out whether another provider can do it, and then wants
// the private half.
int Export(void* key, int selection, OSSL_CALLBACK* tell, void* argument) noexcept {
  if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0) return 0;
  return ossl.EVP_PKEY_export(static_cast<ExternalKey*>(key)->public_key.get(), selection, tell,
                              argument);
}

// The parameters differ from kind to kind; OpenSSL asks for this list only to show it.
const OSSL_PARAM* ExportTypes(int) noexcept {
  static const OSSL_PARAM types[] = {OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0),
                                     OSSL_PARAM_END};
  return types;
}

int GetParameters(void* key, OSSL_PARAM parameters[]) noexcept {
  return ossl.EVP_PKEY_get_params(static_cast<ExternalKey*>(key)->public_key.get(), parameters);
}

const OSSL_PARAM* GettableParameters(void*) noexcept {
  static const OSSL_PARAM types[] = {
      OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, nullptr),
      OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, nullptr),
      OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, nullptr),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, nullptr, 0),
      OSSL_PARAM_END};
  return types;
}

const char* OperationName(int) noexcept { return kOperationName; }

}  // namespace

const OSSL_DISPATCH* KeyManagementOperations() {
  static const OSSL_DISPATCH table[] = {
      Entry(OSSL_FUNC_KEYMGMT_NEW, &New),
      Entry(OSSL_FUNC_KEYMGMT_FREE, &Free),
      Entry(OSSL_FUNC_KEYMGMT_HAS, &HasHalves),
      Entry(OSSL_FUNC_KEYMGMT_IMPORT, &Import),
      Entry(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, &ImportTypes),
      Entry(OSSL_FUNC_KEYMGMT_EXPORT, &Export),
      Entry(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, &ExportTypes),
      Entry(OSSL_FUNC_KEYMGMT_GET_PARAMS, &GetParameters),
      Entry(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, &GettableParameters),
      Entry(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, &OperationName),
      LastEntry()};
  return table;
}

}  // namespace ownssl
