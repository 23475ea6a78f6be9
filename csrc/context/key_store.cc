#include "key_store.h"

#include <cstring>

#include "pem.h"

namespace ownssl {

EVPKeyPointer LoadPrivateKey(const Secret& uri, const Secret* passphrase) {
  // OpenSSL wants a string with a zero at its end. It is wiped afterwards, because a PIN may be in
  // it.
  Secret text(uri.size() + 1);
  std::memcpy(text.data(), uri.data(), uri.size());
  // OpenSSL would ask on the terminal if it had no method of ours.
  const UIMethodPointer ask(ossl.UI_UTIL_wrap_read_pem_callback(&GivePassphrase, 0));
  if (!ask) return nullptr;
  void* secret = const_cast<void*>(static_cast<const void*>(passphrase));
  const StorePointer store(ossl.OSSL_STORE_open_ex(reinterpret_cast<const char*>(text.data()),
                                                   nullptr, nullptr, ask.get(), secret, nullptr,
                                                   nullptr, nullptr));
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
