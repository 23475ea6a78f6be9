// What a session is doing: three machines, whose transitions are in one place (states.cc). The
// connection around it has machines, too (lib/stream/states.ts); a state that both have means the
// same there and has the same name. ARCHITECTURE.md shows all of them as pictures.
//
// A transition that is not in the tables is a mistake of ours. OnImpossible() is told, with which
// tests end; in production the session fails, and nobody else notices.
#pragma once

#include <cstdint>

namespace ownssl {

// The first handshake and then each renegotiation (up to TLS 1.2) or authentication of the client
// (TLS 1.3; client_authentication.h): the states that begin with `re`
// are those of one, and from kFinished on the first handshake counts as established.
enum class HandshakeState : uint8_t {
  kIdle,       // Nothing has been sent or received.
  kRunning,    // OpenSSL works, or waits for the peer.
  kAsked,      // A question waits for an answer: OpenSSL is suspended.
  kOffloaded,  // OpenSSL is suspended before the costly part: the next crossing, better in a
               // thread, goes on with it.
  kFinished,   // OpenSSL is through with it: data may flow.
  kRequested,  // Our side wants a renegotiation: the next crossing begins it.
  kInvited,    // A server has sent a HelloRequest, which the client may ignore: data flows on.
  kRerunning,
  kReasked,
};

// Says what comes from the peer.
enum class InputState : uint8_t {
  kOpen,
  kCloseNotify,  // Nothing that follows counts (RFC 8446, 6.1).
};

enum class LifeState : uint8_t {
  kOpen,
  kShutDown,  // Our close_notify is sent, or waits for room: no more data of ours.
  kFailed,    // By a fatal error; nothing works any more.
  kClosed,    // The session goes away: every question is refused.
};

bool MayFollow(HandshakeState from, HandshakeState to);
bool MayFollow(InputState from, InputState to);
bool MayFollow(LifeState from, LifeState to);

// Is called for an impossible transition; null in production. It has to be set while there are no
// sessions.
using OnImpossible = void (*)(const char* machine, int from, int to);
// Returns the function that was set before.
OnImpossible SetOnImpossible(OnImpossible report);
void ReportImpossible(const char* machine, int from, int to);

template <typename State>
class Machine {
 public:
  Machine(const char* name, State first) : name_(name), state_(first) {}

  // False if the step is impossible; the state then stays what it was.
  [[nodiscard]] bool To(State next) {
    if (!MayFollow(state_, next)) {
      ReportImpossible(name_, static_cast<int>(state_), static_cast<int>(next));
      return false;
    }
    state_ = next;
    return true;
  }
  State state() const { return state_; }
  bool In(State state) const { return state_ == state; }

 private:
  const char* const name_;
  State state_;
};

}  // namespace ownssl
