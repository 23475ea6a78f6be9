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
  uint64_t key = 0;           // As MakeExternalKey() has numbered it.
  std::string algorithm;      // By WebCrypto's names: "RSA-PSS", "ECDSA", …
  std::string hash;           // By OpenSSL's name; empty where the algorithm has its own.
  int padding = 0;            // RSA: RSA_PKCS1_PADDING, …; 0 for other keys.
  int salt_length = 0;        // RSA-PSS, in bytes.
  std::vector<uint8_t> data;  // The whole message that is to be signed, or the ciphertext.
};

class KeyUser {
 public:
  // Waits for the answer. False where there is none: the operation fails then.
  virtual bool AskKey(KeyRequest request, Secret* answer) = 0;
  // Why the answer is of no use. The operation fails, and this is told in place of OpenSSL's error.
  virtual void BlameKey(const char* code, std::string message) = 0;

  // Who uses keys in this thread; null outside of handshakes.
  static KeyUser* Current();

  // While it lives, `user` is the one. Fibers may change threads while nobody runs them, so each
  // run has a scope of its own.
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
