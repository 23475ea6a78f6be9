#include "key_store.h"

#include <memory>

#include "pem.h"

namespace ownssl {
namespace {

struct UIMethodDeleter {
  void operator()(UI_METHOD* method) const noexcept { ossl.UI_destroy_method(method); }
};
using UIMethodPointer = std::unique_ptr<UI_METHOD, UIMethodDeleter>;

}  // namespace

EVPKeyPointer LoadPrivateKey(const std::string& uri, const Secret* passphrase) {
  // Without a method of ours OpenSSL would ask on the terminal.
  const UIMethodPointer ask(ossl.UI_UTIL_wrap_read_pem_callback(&GivePassphrase, 0));
  if (!ask) return nullptr;
  void* secret = const_cast<void*>(static_cast<const void*>(passphrase));
  const StorePointer store(ossl.OSSL_STORE_open_ex(uri.c_str(), nullptr, nullptr, ask.get(), secret,
                                                   nullptr, nullptr, nullptr));
  if (!store) return nullptr;
  if (ossl.OSSL_STORE_expect(store.get(), OSSL_STORE_INFO_PKEY) != 1) return nullptr;
  while (ossl.OSSL_STORE_eof(store.get()) == 0) {
    const StoreInfoPointer info(ossl.OSSL_STORE_load(store.get()));
    if (!info) {
      // What is no key is passed over without an error.
      if (ossl.OSSL_STORE_error(store.get()) != 0) return nullptr;
      continue;
    }
    if (ossl.OSSL_STORE_INFO_get_type(info.get()) != OSSL_STORE_INFO_PKEY) continue;
    EVPKeyPointer key(ossl.OSSL_STORE_INFO_get1_PKEY(info.get()));
    if (key) return key;
  }
  return nullptr;
}

}  // namespace ownssl
