// One SSL and its pump: ciphertext goes in, plaintext comes out, and back.
//
// Each public call is one crossing: the caller lends buffers, OpenSSL is driven as far as it goes,
// and the returned Status bits say what happened. Waiting is a status, never an error. A callback
// of OpenSSL that needs the application suspends the handshake (see Fiber): the crossing ends with
// kSuspended and question() tells what is asked; after an Answer…() the next Pump() continues.
//
// A session has no locks. It may be used by any thread, one at a time; OffloadedSession sees to
// that.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "../base/secret.h"
#include "../base/span.h"
#include "../context/external_key/key_user.h"
#include "../context/secure_context.h"
#include "../fiber/fiber.h"
#include "../io/bio.h"
#include "../io/stream_socket.h"
#include "../openssl/api.h"
#include "../openssl/errors.h"
#include "../openssl/pointers.h"
#include "boundary.h"
#include "client_authentication.h"
#include "client_hello.h"
#include "ech.h"
#include "handshake_parts.h"
#include "handshake_times.h"
#include "states.h"
#include "trail.h"

namespace ownssl {

class Session final : private KeyUser {
 public:
  // Null if OpenSSL refuses; the error queue tells why.
  static std::unique_ptr<Session> Create(std::shared_ptr<SecureContext> context, Role role);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // The number of sessions alive in the process; tests look for leaks with it.
  static int64_t live() { return live_; }

  // --- Crossings ---

  static constexpr size_t kProgressSize = 7;
  using Progress = CrossingProgress;

  // Feeds ciphertext, drives the handshake, reads plaintext.
  uint32_t Pump(Span input, Room plaintext, Room output, Progress* progress);
  // Encrypts `chunks`, skipping their first `skip` bytes in all. `send`: to the socket, as far as
  // it takes it.
  uint32_t Write(const std::vector<Span>& chunks, size_t skip, Room output, Progress* progress,
                 bool send = false);
  // Sends close_notify. A Write() after that fails.
  uint32_t Shutdown(Room output, Progress* progress);

  // Lets crossings read from the socket, from now on, what their input does not have.
  void Connect(std::shared_ptr<StreamSocket> socket);

  const OpenSSLError& error() const { return error_; }
  std::vector<Event> TakeEvents();

  // --- Threads ---

  // Has to be called before the handshake. Where that becomes costly, Pump() returns kOffloaded,
  // and does the rest when it is called again, which is better done in a thread.
  void AllowOffload();
  // A server of TLS 1.3 reads the client's Finished in the thread of its caller all the same.
  void FinishHere() { finishes_here_ = true; }
  // Whether the next Pump() is part of a costly handshake.
  bool costly() const { return costly_ && !established() && !failed(); }
  // Whether a key of its contexts is in a token, or signs slowly.
  bool has_token() const;
  bool has_slow_key() const;
  HandshakeTimes& times() { return times_; }
  // Keeps others from changing the contexts that a crossing in a thread reads.
  using ContextLocks = std::vector<std::shared_lock<FairSharedMutex>>;
  ContextLocks LockContexts() const;

  // --- DANE (dane.cc) and early data (early_data.cc): before the handshake ---

  bool EnableDane(const std::string& domain, bool name_checks);
  // False for a record of which no use can be made, because it is malformed or of another kind.
  bool AddTlsa(uint8_t usage, uint8_t selector, uint8_t type, Span data);
  std::optional<DaneMatch> MatchedTlsa() const;
  // Client, once it has its session: goes with the ClientHello. False where that can't be.
  bool SendEarly(Span data);
  // Server: takes so many bytes, and reports them as events. Its context keeps single-use sessions.
  void AcceptEarly(uint32_t most);
  // Either side: whether the server has taken it.
  bool EarlyAccepted() const;
  bool has_early_data() const { return early_ != nullptr; }

  // --- Questions ---

  Question question() const { return question_; }
  bool waiting() const {
    return handshake_.In(HandshakeState::kAsked) || handshake_.In(HandshakeState::kReasked);
  }
  const ClientHello& client_hello() const { return client_hello_; }
  // Empty unless it is kept, and before it has passed. After a HelloRetryRequest it is the first.
  const ClientHelloMessage& client_hello_message() const { return client_hello_message_; }
  const std::vector<uint8_t>& session_id() const { return this_handshake_.session_id; }
  const std::optional<std::string>& psk_hint() const { return psk_.hint; }
  const std::string& psk_identity() const { return psk_.identity; }
  int verify_error() const { return verify_error_; }
  const Event& new_session() const { return new_session_; }
  // Empty if the server stapled none.
  const std::vector<uint8_t>& ocsp_response() const { return ocsp_response_; }
  const KeyRequest& key_request() const { return key_request_; }
  // Each lets the waiting callback go on, if it is what the callback waits for. What is not
  // answered is refused.
  // `alpn`: the protocol, where AskForAlpn() wants one and the choice has none.
  void AnswerClientHello(std::optional<std::string> alpn, ConnectionChoice choice = {});
  void RefuseClientHello(int alert);
  void AnswerSession(Span session);  // An empty one means none.
  void AnswerCertificate(std::shared_ptr<SecureContext> context, Span ocsp_response,
                         std::optional<CertificateDemand> demand = {});
  void AnswerPsk(std::string identity, Secret key);
  void AnswerNoPsk();
  void AnswerVerify(int x509_error, bool vouched = false);
  void AnswerNewSession();
  void AnswerOcsp();
  void AnswerPrivateKey(Secret answer);
  void Refuse();

  // --- Settings ---

  // These are for the time before the handshake. Once it has begun they change nothing, and what
  // can fail returns false: OpenSSL may be suspended in the middle of reading what they would set.
  void KeepClientHello();
  void AskForClientHello();
  void AskForAlpn();  // This is asked by kClientHello, too.
  void AskForCertificate();
  void AskForSession();
  void AskForNewSession();
  void EnablePsk();
  bool SetPskIdentityHint(const std::string& hint);
  void SetAlpn(std::vector<uint8_t> protocols);
  bool SetServername(const std::string& name);
  bool SetRawPublicKeys(bool own, RawKeys of_peer);
  bool OfferEch(const EchOffer& offer);  // ech.h
  bool EchRefused() const;  // A server, from the ServerHello on, goes by the public name.
  bool SetSession(Span session);
  void RequestOcsp();
  // Whether the peer may renegotiate (TLS 1.2 and before); it may unless this is called.
  void RefuseRenegotiation();

  // These are for any time. In the middle of a handshake they wait until OpenSSL is not suspended
  // any more.
  void SetVerify(bool request, bool require);
  bool SetMaxSendFragment(long size);
  // Takes effect at once where OpenSSL asks for a context.
  bool SetContext(std::shared_ptr<SecureContext> context);

  // These take effect at once, at any time, because OpenSSL looks at them anew each time.
  void EnableKeylog();
  void EnableTrace();
  void Observe();  // Alerts and updates of keys become events.
  void EnableSessionEvents();

  enum class Renegotiation { kBegun, kUnderWay, kFailed };  // kFailed: the error queue tells why.
  // Nothing is begun within a handshake, nor while the peer has not followed an earlier request.
  Renegotiation Renegotiate();

  ClientAuthentication& client_authentication() { return client_authentication_; }
  SSL* ssl() const { return ssl_.get(); }
  Role role() const { return role_; }
  // Whether the first handshake is over.
  bool established() const;
  const std::string& servername() const { return client_hello_.servername; }
  // What OpenSSL's verification came to: X509_V_OK, or an X509_V_ERR_…. A peer without a
  // certificate is in order only where a pre-shared key has authenticated it (RFC 4279; RFC
  // 8446, 2.2).
  int VerifyResult() const;
  // Where in the chain that error is, 0 for the peer's own certificate; -1 where there is no
  // telling.
  int verify_depth() const { return verify_depth_; }
  const Trail& trail() const { return trail_; }
  // A digest of what verifies the peer.
  TrustDigest trust_digest() const { return TrustDigestOf(*contexts_.back()); }
  // Of our own certificates.
  TrustDigest identity_digest() const { return contexts_.back()->identity_digest(); }
  Strictness& strictness() { return strictness_; }
  bool strict() const { return strictness_.required || contexts_.back()->strict(); }
  // The chain as it was verified, leaf first; where none was built, what the peer sent.
  std::vector<X509*> PeerChain() const;
  EVP_PKEY* PeerRawKey() const;  // In place of a certificate; null if it has shown none.
  // Whether the peer's certificate is for this host name or IP address, by its subjectAltName alone
  // (RFC 9525). False says only that OpenSSL is not sure.
  bool PeerMatches(const std::string& name) const;

  // For authentication above TLS (channel_binding.cc).
  using Binding = ChannelBindingKind;
  using ChannelBinding = ownssl::ChannelBinding;
  ChannelBinding BindTo(Binding kind) const;

 private:
  friend struct Callbacks;  // They are OpenSSL's side of this class (callbacks/).
  friend class ClientAuthentication;
  enum class Step { kHandshake, kPeek };

  Session(std::shared_ptr<SecureContext> context, Role role);

  // Runs a step, or goes on with the suspended one; afterwards fiber_ is set if it (still) waits.
  void RunStep(Step step);
  static void StepOnFiber(void* self);
  int HandshakeWithEarlyData();
  bool MaySendEarly(size_t size) const;
  bool MayAnswerEarly() const;
  uint32_t Handshake();
  uint32_t Read(Room plaintext, size_t* done);
  // Reads up to the next data, on the fiber. False: the crossing ends with this status.
  bool Peek(uint32_t* status);
  void ReadAhead();
  uint32_t Stopped(int ssl_error, const char* fallback);
  uint32_t Fail(OpenSSLError error);
  uint32_t Finish(uint32_t status, Progress* progress);
  bool MayRenegotiate() const;

  // Each makes a step of a machine. An impossible one fails the session.
  void Enter(HandshakeState next);
  void Enter(InputState next);
  void Enter(LifeState next);
  void Impossible();
  // OpenSSL reports these of the first handshake, too, which is no news.
  void RenegotiationStarts();
  void RenegotiationEnds(bool invited);
  bool failed() const { return life_.In(LifeState::kFailed); }
  bool closed() const { return life_.In(LifeState::kClosed); }
  // Whether what a handshake negotiates is still to be set.
  bool configurable() const { return handshake_.In(HandshakeState::kIdle); }
  // Whether the handshake is in a state in which data may flow.
  bool flows() const;
  // Whether data waits for a handshake.
  bool blocked() const;
  ChannelBinding BindToServer() const;
  ChannelBinding BindToSecret(Binding kind) const;
  // Runs `change` when OpenSSL is not suspended.
  void WhenUnwound(std::function<void()> change);

  // Called on the fiber, by a callback: suspends until there is an answer. False is refusal.
  bool Ask(Question question);
  // Asks kCertificate, but only once in a handshake. The answer is in chosen_context_.
  bool AskForContext();
  // Whether this question was waiting; if so, it is answered.
  bool Take(Question question);
  // The next crossing lets OpenSSL go on, with the answer or the refusal.
  void Answered();
  // Suspends where what follows is costly, so that the next crossing goes on with it. False: it
  // must not go on at all.
  bool BeforeCostlyPart();
  bool MayOffload() const;
  bool UseContext(std::shared_ptr<SecureContext> context);
  void ExcludeDecryption();  // Server: no key exchange with a decryption that nobody does.
  bool AskKey(KeyRequest request, Secret* answer) override;
  void BlameKey(const char* code, std::string message) override;
  // Server, while OpenSSL has not chosen anything yet. False: OpenSSL refuses it.
  bool Apply(const ConnectionChoice& choice);
  void WatchCertificate();
  bool SetHint();
  // OpenSSL tells of messages only while somebody wants to hear of them.
  void WatchMessages();

  // Whether a server resumes a session: it has to be of this name, and of a client that the same
  // trust accepted. Where the application refuses the context for it, the handshake ends in
  // OnCertificate(), which comes if none is resumed, or in OnPskServer().
  bool MayResume(SSL_SESSION* session);
  // Makes a server's session tell its name and, for a client with a certificate, by which trust
  // that was verified.
  void Bind(SSL_SESSION* session) const;
  TrustDigest TrustDigestOf(const SecureContext& context) const;

  static inline std::atomic<int64_t> live_{0};
  const Role role_;
  // The first is the one the SSL was made from; SNI may add others, which live as long.
  std::vector<std::shared_ptr<SecureContext>> contexts_;
  MemoryBio bio_;
  SSLPointer ssl_;
  std::unique_ptr<Fiber> fiber_;
  Step step_ = Step::kHandshake;
  int step_result_ = 0;
  int step_error_ = 0;
  Machine<HandshakeState> handshake_{"handshake", HandshakeState::kIdle};
  Machine<InputState> input_{"input", InputState::kOpen};
  Machine<LifeState> life_{"life", LifeState::kOpen};
  // Whether kFinished was reached in this crossing. It is no state, because the crossing that tells
  // the caller forgets it.
  bool handshake_done_ = false;
  bool renegotiated_ = false;  // A renegotiation was completed. The machine does not count them.
  OpenSSLError error_;
  std::optional<OpenSSLError> blame_;  // Told in place of what OpenSSL makes of it.
  std::vector<Event> events_;
  std::vector<std::function<void()>> changes_;  // They wait until OpenSSL is not suspended.
  // kConnected reads from a socket; kAhead does so with OpenSSL's read-ahead.
  enum class Reading : uint8_t { kLent, kConnected, kAhead };
  Reading reading_ = Reading::kLent;
  Question question_ = Question::kNone;
  enum class Answer : uint8_t { kRefused, kGiven };
  Answer answer_ = Answer::kRefused;
  bool offload_ = false;
  // Both sides have a session or a key, so there is no full handshake if the server agrees.
  bool abbreviated_ = false;
  // The costly part of the first handshake has begun. It is no state, because questions may follow.
  bool costly_ = false;
  bool said_all_ = false;  // Of what is costly.
  bool finishes_here_ = false;
  HandshakeTimes times_;
  SessionSettings settings_;
  size_t max_send_fragment_ = SSL3_RT_MAX_PLAIN_LENGTH;

  std::unique_ptr<EarlyData> early_;  // Null for most.
  ClientAuthentication client_authentication_{this};

  ClientHello client_hello_;
  ClientHelloMessage client_hello_message_;
  ConnectionChoice choice_;
  int client_hello_alert_ = SSL_AD_INTERNAL_ERROR;  // Of a refusal.
  ThisHandshake this_handshake_;
  std::vector<uint8_t> alpn_;                // What a server offers, in its order.
  std::optional<std::string> chosen_alpn_;   // What a server's application has chosen.
  bool alpn_chosen_by_application_ = false;  // Then nothing chosen means nothing accepted.
  SSLSessionPointer resumed_session_;
  std::vector<uint8_t> ocsp_response_;
  std::shared_ptr<SecureContext> chosen_context_;
  PreSharedKey psk_;
  KeyRequest key_request_;
  Secret key_answer_;
  X509_STORE_CTX* verify_context_ = nullptr;  // It is set only while kVerify is asked.
  int verify_error_ = X509_V_OK;
  int verify_depth_ = -1;
  Trail trail_;
  Strictness strictness_;
  bool hides_ = false;  // A client's ClientHello, with ECH.
  bool vouched_ = false;
  Event new_session_{Event::Kind::kSession, {}, {}};
};

}  // namespace ownssl
