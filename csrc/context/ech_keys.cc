#include "ech_keys.h"

#include <cstdio>
#include <string_view>

#include "pem.h"

namespace ownssl {
namespace {

// Values of OpenSSL's headers from 4.0 on, and of RFC 9180.
constexpr uint16_t kVersion = 0xfe0d;
constexpr EchSuite kSuite = {0x0020, 0x0001, 0x0001};  // X25519, HKDF-SHA256, AES-128-GCM.
constexpr uint64_t kTryAll = uint64_t{1} << 38;        // SSL_OP_ECH_TRIALDECRYPT
constexpr int kLast = -1;

int Entries(void* store) {
  int entries = 0;
  return ossl.OSSL_ECHSTORE_num_entries(store, &entries) == 1 ? entries : 0;
}

struct Description {
  std::string public_name;
  int number;  // The config_id.
};

std::optional<Description> Describe(void* store, int index) {
  time_t loaded = 0;
  char* name = nullptr;
  char* text = nullptr;
  int has_private = 0;
  int for_retry = 0;
  if (ossl.OSSL_ECHSTORE_get1_info(store, index, &loaded, &name, &text, &has_private, &for_retry) !=
      1) {
    return std::nullopt;
  }
  const OpenSSLMemory<char> name_owner(name);
  const OpenSSLMemory<char> text_owner(text);
  unsigned int version = 0;
  unsigned int number = 0;
  // "[fe0d,4d,example.com,…": only here OpenSSL tells the number.
  if (name == nullptr || text == nullptr || sscanf(text, "[%4x,%2x,", &version, &number) != 2) {
    return std::nullopt;
  }
  return Description{name, static_cast<int>(number)};
}

}  // namespace

EchKeys::Result EchKeys::Add(Span pem, bool retry) {
  ossl.ERR_clear_error();
  if (!store_) store_.reset(ossl.OSSL_ECHSTORE_new(nullptr, nullptr));
  if (!store_) return Result::kFailed;
  const EVPKeyPointer key = ReadPrivateKey(pem, nullptr);
  if (!key) return Result::kNoKey;
  // OpenSSL looks at the first block only.
  const std::string_view text(reinterpret_cast<const char*>(pem.data), pem.size);
  const size_t begin = text.find("-----BEGIN ECHCONFIG-----");
  if (begin == text.npos) return Result::kNoConfiguration;
  const BIOPointer bio = ReadOnlyBio({pem.data + begin, pem.size - begin});
  const int before = Entries(store_.get());
  if (!bio || ossl.OSSL_ECHSTORE_set1_key_and_read_pem(store_.get(), key.get(), bio.get(),
                                                       retry ? 1 : 0) != 1) {
    return Entries(store_.get()) > before ? Result::kOtherKey : Result::kFailed;
  }
  const int entries = Entries(store_.get());
  if (entries == before) return Result::kNoConfiguration;  // There are only other versions.
  // Each configuration needs its key, or OpenSSL would decrypt without one.
  int keys = 0;
  if (ossl.OSSL_ECHSTORE_num_keys(store_.get(), &keys) != 1 || keys < entries) {
    return Result::kOtherKey;
  }
  return Take(before) ? Result::kOk : Result::kFailed;
}

// A client names a configuration by a number of one byte, and OpenSSL tries the first that has it.
bool EchKeys::Take(int first) {
  for (int i = first; i < Entries(store_.get()); ++i) {
    const std::optional<Description> description = Describe(store_.get(), i);
    if (!description) return false;
    bool& known = known_[description->number];
    tries_all_ = tries_all_ || known;
    known = true;
  }
  return true;
}

bool EchKeys::UseOn(SSL* ssl) const {
  if (tries_all_) ossl.SSL_set_options(ssl, kTryAll);
  return ossl.SSL_set1_echstore(ssl, store_.get()) == 1;
}

Secret GenerateEchKey(const std::string& public_name, uint8_t max_name_length) {
  ossl.ERR_clear_error();
  const EchStorePointer store(ossl.OSSL_ECHSTORE_new(nullptr, nullptr));
  const BIOPointer bio(ossl.BIO_new(ossl.BIO_s_secmem()));
  if (!store || !bio ||
      ossl.OSSL_ECHSTORE_new_config(store.get(), kVersion, max_name_length, public_name.c_str(),
                                    kSuite) != 1 ||
      ossl.OSSL_ECHSTORE_write_pem(store.get(), kLast, bio.get()) != 1) {
    return {};
  }
  char* text = nullptr;
  const long size = ossl.BIO_ctrl(bio.get(), BIO_CTRL_INFO, 0, &text);
  return Secret(reinterpret_cast<const uint8_t*>(text), static_cast<size_t>(size > 0 ? size : 0));
}

std::optional<std::string> EchPublicName(Span list) {
  ossl.ERR_clear_error();
  const EchStorePointer store(ossl.OSSL_ECHSTORE_new(nullptr, nullptr));
  const BIOPointer bio = ReadOnlyBio(list);
  std::optional<std::string> name;
  if (store && bio && ossl.OSSL_ECHSTORE_read_echconfiglist(store.get(), bio.get()) == 1 &&
      Entries(store.get()) == 1) {
    const std::optional<Description> description = Describe(store.get(), 0);
    if (description) name = description->public_name;
  }
  ossl.ERR_clear_error();
  return name;
}

}  // namespace ownssl
