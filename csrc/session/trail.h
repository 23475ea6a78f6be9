// How far a handshake has come, what the peer has said last, and the last alert: the errors that a
// connection ends with say so.
#pragma once

#include "../openssl/api.h"

namespace ownssl {

class Trail {
 public:
  // From OpenSSL's info callback.
  void OnInfo(const SSL* ssl, int where, int value);

  // The last alert that ends a connection, but for close_notify; -1: none.
  int alert() const { return alert_; }
  bool alert_sent() const { return alert_sent_; }
  // What the handshake is about: "hello", "certificate" or "finished".
  static const char* Phase(const SSL* ssl);
  // The last message of the peer, by its name in RFC 8446 or RFC 5246; null: it has said nothing.
  const char* LastHeard(const SSL* ssl) const;

  // Whether a server is in the state in which it has read the client's Finished.
  static bool HasReadFinished(const SSL* ssl);

 private:
  int alert_ = -1;
  bool alert_sent_ = false;
  const char* heard_ = nullptr;
};

}  // namespace ownssl
