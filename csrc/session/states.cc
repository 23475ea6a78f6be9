#include "states.h"

#include <initializer_list>
#include <utility>

namespace ownssl {
namespace {

OnImpossible on_impossible = nullptr;

template <typename State>
bool IsOneOf(State state, std::initializer_list<State> states) {
  for (const State each : states) {
    if (each == state) return true;
  }
  return false;
}

}  // namespace

bool MayFollow(HandshakeState from, HandshakeState to) {
  using S = HandshakeState;
  switch (from) {
    case S::kIdle:
      return to == S::kRunning;
    case S::kRunning:
      return IsOneOf(to, {S::kAsked, S::kMoving, S::kDone, S::kInvited});
    case S::kAsked:
      return to == S::kAnswered;
    case S::kAnswered:
    case S::kMoving:
      return to == S::kRunning;
    case S::kDone:
      return IsOneOf(to, {S::kRunning, S::kRequested});
    case S::kRequested:
    case S::kInvited:
      return to == S::kRunning;
  }
  return false;
}

bool MayFollow(InputState from, InputState to) {
  return from == InputState::kOpen && to == InputState::kCloseNotify;
}

bool MayFollow(LifeState from, LifeState to) {
  using S = LifeState;
  switch (from) {
    case S::kOpen:
      return to != S::kOpen;
    case S::kEnded:
      return IsOneOf(to, {S::kFailed, S::kClosing});
    case S::kFailed:
      return to == S::kClosing;
    case S::kClosing:
      return false;
  }
  return false;
}

OnImpossible SetOnImpossible(OnImpossible report) { return std::exchange(on_impossible, report); }

void ReportImpossible(const char* machine, int from, int to) {
  if (on_impossible != nullptr) on_impossible(machine, from, to);
}

}  // namespace ownssl
