// What a private key that is elsewhere is asked for, and who asks: the session whose handshake runs
// in this thread. OpenSSL calls the key's provider without saying for which connection.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "../../base/secret.h"

namespace ownssl {

struct KeyRequest {
  enum class Operation : uint8_t { kNone, kSign, kDecrypt };
  Operation operation = Operation::kNone;
  uint64_t key = 0;           // The number that MakeExternalKey() has given the key.
  std::string algorithm;      // The algorithm by WebCrypto's names: "RSA-PSS", "ECDSA", …
  std::string hash;           // The hash by OpenSSL's name; empty where the algorithm has its own.
  int padding = 0;            // For RSA, RSA_PKCS1_PADDING and the like; 0 for other keys.
  int salt_length = 0;        // For RSA-PSS, in bytes.
  std::vector<uint8_t> data;  // The whole message that is to be signed, or the ciphertext.
};

class KeyUser {
 public:
  // Waits for the answer. False where there is none, with which the operation fails.
  virtual bool AskKey(KeyRequest request, Secret* answer) = 0;
  // Says why the answer is of no use. The operation fails, and this is told in place of OpenSSL's
  // error.
  virtual void BlameKey(const char* code, std::string message) = 0;

  // The user of keys in this thread; null outside of handshakes.
  static KeyUser* Current();

  // Makes `user` the one as long as it lives. Fibers may change threads while nobody runs them, so
  // each run has a scope of its own.
  class Scope {
   public:
    explicit Scope(KeyUser* user);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    KeyUser* const outer_;
  };

 protected:
  ~KeyUser() = default;
};

}  // namespace ownssl
