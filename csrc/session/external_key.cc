// What a Session does for private keys that are elsewhere.

#include <utility>

#include "session.h"

namespace ownssl {

bool Session::AskKey(KeyRequest request, Secret* answer) {
  if (!closed() && (!fiber_ || !fiber_->running())) {
    BlameKey("ERR_OWNSSL_KEY_UNAVAILABLE",
             "An external key can't be asked here, because this part of a connection can't wait");
    return false;
  }
  key_request_ = std::move(request);
  const bool given = Ask(Question::kPrivateKey);
  key_request_ = {};
  *answer = std::exchange(key_answer_, {});
  return given;
}

void Session::BlameKey(const char* code, std::string message) {
  blame_.emplace();
  blame_->code = code;
  blame_->message = std::move(message);
}

void Session::AnswerPrivateKey(Secret answer) {
  if (Take(Question::kPrivateKey)) key_answer_ = std::move(answer);
}

void Session::ExcludeDecryption() {
  if (role_ != Role::kServer) return;
  const SecureContext& context = *contexts_.back();
  const std::string& ciphers = context.ciphers_without_decryption();
  if (ciphers.empty()) return;
  if (ossl.SSL_set_cipher_list(ssl_.get(), ciphers.c_str()) == 1) return;
  // No suites are left then. With the whole list the handshake fails where it comes to the
  // decryption, and says so.
  ossl.SSL_set_cipher_list(ssl_.get(), context.ciphers().c_str());
  ossl.ERR_clear_error();
}

}  // namespace ownssl
