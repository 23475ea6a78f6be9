#include "chain_check.h"

#include <algorithm>

#include "../openssl/errors.h"
#include "../openssl/stack_of.h"

namespace ownssl {
namespace {

X509Pointer Certificate(Span der) {
  const unsigned char* data = der.data;
  if (der.size == 0) return nullptr;
  return X509Pointer(ossl.d2i_X509(nullptr, &data, static_cast<long>(der.size)));
}

// Null stands for no certificates.
std::vector<std::vector<uint8_t>> Encoded(const STACK_OF(X509) * certificates) {
  std::vector<std::vector<uint8_t>> all;
  for (int i = 0; i < StackSize(certificates); ++i) {
    unsigned char* der = nullptr;
    const int size = ossl.i2d_X509(StackAt<X509>(certificates, i), &der);
    const OpenSSLMemory<unsigned char> owner(der);
    all.emplace_back(der, der + std::max(size, 0));
  }
  return all;
}

}  // namespace

ChainCheck CheckChain(const SecureContext& context, const std::vector<Span>& chain, bool server) {
  const ClearErrors scope;
  const ChainCheck failed{X509_V_ERR_UNSPECIFIED, 0, {}};
  const X509Pointer leaf = chain.empty() ? nullptr : Certificate(chain.front());
  const X509StackPointer others(NewStack<STACK_OF(X509)>());
  if (!leaf || !others) return failed;
  for (size_t i = 1; i < chain.size(); ++i) {
    X509Pointer other = Certificate(chain[i]);
    if (!other || !StackPush(others.get(), other.get())) return failed;
    (void)other.release();
  }
  const X509StoreCtxPointer check(ossl.X509_STORE_CTX_new());
  X509_STORE* store = ossl.SSL_CTX_get_cert_store(context.ctx());
  if (!check || ossl.X509_STORE_CTX_init(check.get(), store, leaf.get(), others.get()) != 1 ||
      ossl.X509_STORE_CTX_set_default(check.get(), server ? "ssl_server" : "ssl_client") != 1) {
    return failed;
  }
  ossl.X509_VERIFY_PARAM_set_auth_level(ossl.X509_STORE_CTX_get0_param(check.get()),
                                        ossl.SSL_CTX_get_security_level(context.ctx()));
  const bool good = ossl.X509_verify_cert(check.get()) == 1;
  ChainCheck result{X509_V_OK, 0, Encoded(ossl.X509_STORE_CTX_get0_chain(check.get()))};
  if (good) return result;
  const int error = ossl.X509_STORE_CTX_get_error(check.get());
  result.error = error != X509_V_OK ? error : X509_V_ERR_UNSPECIFIED;
  result.depth = ossl.X509_STORE_CTX_get_error_depth(check.get());
  return result;
}

}  // namespace ownssl
