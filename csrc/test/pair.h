// Two sessions in one process, joined by nothing but memory.
//
// Each crossing gets its bytes in allocations of exactly the size it is told, so that
// AddressSanitizer sees the first byte read or written beyond them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "support.h"

namespace ownssl::test {

inline constexpr size_t kAll = SIZE_MAX;

struct End {
  std::unique_ptr<Session> session;
  Answer answer = AnswerPlainly;
  int patience = 0;  // Further crossings that a question has to wait for its answer.

  size_t chunk = kAll;  // How many bytes of ciphertext come at once; 0: a random number.
  size_t plaintext_room = 8 * 1024;
  size_t output_room = 8 * 1024;
  size_t write_room = 64 * 1024;

  std::vector<std::string> to_send;
  size_t skip = 0;  // How many bytes of it are sent.

  std::string received;
  std::vector<Question> asked;
  std::vector<Event> events;
  uint32_t seen = 0;      // Every status bit of every crossing.
  std::string wire;       // Everything this end has put on the wire.
  std::string inbox;      // What the other end has put there for this one…
  size_t inbox_done = 0;  // …of which so much is consumed.

  bool established() const { return session->established(); }
  bool failed() const { return (seen & kFailed) != 0; }
  const std::string& code() const { return session->error().code; }
  size_t inbox_left() const { return inbox.size() - inbox_done; }
  bool sent() const;
  bool Asked(Question question) const;
  std::vector<Event> EventsOf(Event::Kind kind) const;

  bool waiting = false;  // For an answer.
  int waited = 0;
};

// --- Both ---

class Pair {
 public:
  Pair(std::shared_ptr<SecureContext> client, std::shared_ptr<SecureContext> server);

  // Until neither end can do anything more. False if that does not happen.
  bool Run();
  // Until both ends are connected, and then forgets what they have seen. False if they can not be.
  bool Connect();
  // One crossing of one end, and a Write() if it has something to send. False if nothing came of
  // it.
  bool Step(End* end);
  // Sends from one end to the other, and compares.
  bool Carries(End* from, const std::string& text);
  bool Established() const { return client.established() && server.established(); }
  End* OtherOf(End* end) { return end == &client ? &server : &client; }
  void SetChunks(size_t chunk) { client.chunk = server.chunk = chunk; }
  void SetPatience(int patience) { client.patience = server.patience = patience; }

  // Damages or withholds what is on its way: gets the end it goes to and the bytes.
  std::function<void(End* to, std::string* bytes)> tamper;

  End client;
  End server;
  std::mt19937 random{1};

 private:
  bool Pump(End* end);
  bool Wait(End* end);
  bool Write(End* end);
  void Deliver(End* from, const uint8_t* data, size_t size);
};

// Between them they ask every question that handshakes of this version can ask.
std::unique_ptr<Pair> AskingPair(int version);
std::unique_ptr<Pair> PskPair(int version);

// The session that a client can resume with: the last one announced; empty if there is none.
std::string SessionOf(const End& client);

}  // namespace ownssl::test
