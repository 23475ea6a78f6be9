#include "chain_check.h"

#include "../openssl/errors.h"
#include "../openssl/stack_of.h"

namespace ownssl {
namespace {

X509Pointer Certificate(Span der) {
  const unsigned char* data = der.data;
  if (der.size == 0) return nullptr;
  return X509Pointer(ossl.d2i_X509(nullptr, &data, static_cast<long>(der.size)));
}

}  // namespace

ChainCheck CheckChain(const SecureContext& context, const std::vector<Span>& chain, bool server) {
  const ClearErrors scope;
  const ChainCheck failed{X509_V_ERR_UNSPECIFIED, 0};
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
  if (ossl.X509_verify_cert(check.get()) == 1) return {};
  const int error = ossl.X509_STORE_CTX_get_error(check.get());
  return {error != X509_V_OK ? error : X509_V_ERR_UNSPECIFIED,
          ossl.X509_STORE_CTX_get_error_depth(check.get())};
}

}  // namespace ownssl
