#include "states.h"

#include <cstddef>
#include <utility>

namespace ownssl {
namespace {

OnImpossible on_impossible = nullptr;

template <typename State>
struct Step {
  State from;
  State to;
};

// test/unit/states.test.mjs compares these with the pictures in ARCHITECTURE.md.

using H = HandshakeState;
constexpr Step<H> kHandshake[] = {
    {H::kIdle, H::kRunning},       {H::kRunning, H::kAsked},      {H::kRunning, H::kOffloaded},
    {H::kRunning, H::kFinished},   {H::kAsked, H::kRunning},      {H::kOffloaded, H::kRunning},
    {H::kFinished, H::kRequested}, {H::kFinished, H::kRerunning}, {H::kRequested, H::kRerunning},
    {H::kInvited, H::kRerunning},  {H::kRerunning, H::kReasked},  {H::kRerunning, H::kInvited},
    {H::kRerunning, H::kFinished}, {H::kReasked, H::kRerunning},
};

using I = InputState;
constexpr Step<I> kInput[] = {{I::kOpen, I::kCloseNotify}};

using L = LifeState;
constexpr Step<L> kLife[] = {
    {L::kOpen, L::kShutDown},   {L::kOpen, L::kFailed},     {L::kOpen, L::kClosed},
    {L::kShutDown, L::kFailed}, {L::kShutDown, L::kClosed}, {L::kFailed, L::kClosed},
};

template <typename State, size_t kCount>
bool IsIn(const Step<State> (&steps)[kCount], State from, State to) {
  for (const Step<State>& step : steps) {
    if (step.from == from && step.to == to) return true;
  }
  return false;
}

}  // namespace

bool MayFollow(HandshakeState from, HandshakeState to) { return IsIn(kHandshake, from, to); }

bool MayFollow(InputState from, InputState to) { return IsIn(kInput, from, to); }

bool MayFollow(LifeState from, LifeState to) { return IsIn(kLife, from, to); }

OnImpossible SetOnImpossible(OnImpossible report) { return std::exchange(on_impossible, report); }

void ReportImpossible(const char* machine, int from, int to) {
  if (on_impossible != nullptr) on_impossible(machine, from, to);
}

}  // namespace ownssl
