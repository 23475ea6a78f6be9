#include "pem.h"

#include <climits>
#include <cstring>

namespace ownssl {
int GivePassphrase(char* buffer, int size, int, void* argument) noexcept {
  const auto* passphrase = static_cast<const Secret*>(argument);
  // Returns zero without an error, with which OpenSSL tries the empty passphrase and reports bad
  // decrypt. It would otherwise prompt on the terminal.
  if (passphrase == nullptr || passphrase->empty()) return 0;
  if (passphrase->size() > static_cast<size_t>(size)) return -1;
  memcpy(buffer, passphrase->data(), passphrase->size());
  return static_cast<int>(passphrase->size());
}

BIOPointer ReadOnlyBio(Span bytes) {
  if (bytes.size > INT_MAX) return nullptr;
  // Empty data has a null address, which OpenSSL would take for a mistake of the program.
  const void* data = bytes.size > 0 ? static_cast<const void*>(bytes.data) : "";
  return BIOPointer(ossl.BIO_new_mem_buf(data, static_cast<int>(bytes.size)));
}

std::vector<X509Pointer> ReadCertificates(Span pem, bool* complete) {
  *complete = false;
  std::vector<X509Pointer> certificates;
  const BIOPointer bio = ReadOnlyBio(pem);
  if (!bio) return certificates;
  while (X509* certificate =
             ossl.PEM_read_bio_X509_AUX(bio.get(), nullptr, &GivePassphrase, nullptr)) {
    certificates.emplace_back(certificate);
  }
  // The end of the text is reported as a missing start line; after a certificate it is no error.
  const unsigned long error = ossl.ERR_peek_last_error();
  const bool at_end =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  *complete = at_end && !certificates.empty();
  if (*complete) ossl.ERR_clear_error();
  return certificates;
}

EVPKeyPointer ReadPrivateKey(Span pem, const Secret* passphrase) {
  const BIOPointer bio = ReadOnlyBio(pem);
  if (!bio) return nullptr;
  return EVPKeyPointer(
      ossl.PEM_read_bio_PrivateKey(bio.get(), nullptr, &GivePassphrase,
                                   const_cast<void*>(static_cast<const void*>(passphrase))));
}

}  // namespace ownssl
