// Serialized sessions, as an application might bring them from anywhere: to a client, and to a
// server that was asked for one.
#include "ends.h"
#include "target.h"

namespace ownssl::fuzz {

void FuzzSession(Input input) {
  const uint8_t flags = input.Byte();
  ContextOptions options;
  options.version = (flags & 1) != 0 ? TLS1_3_VERSION : TLS1_2_VERSION;
  const bool for_server = (flags & 2) != 0;
  // Without tickets a client offers its session's ID, and the server looks for it.
  options.tickets = !for_server;
  Ends ends(options);
  End& client = ends.client;
  End& server = ends.server;
  client.session()->EnableSessionEvents();
  const Span blob = input.Rest();
  if (for_server) {
    client.session()->SetSession(SpanOf(SessionFor(options.version)));
    server.session()->AskForSession();
    server.answer = [blob](Session& session, Question question) {
      if (question == Question::kSession) {
        session.AnswerSession(blob);
      } else {
        AnswerPlainly(session, question);
      }
      return true;
    };
  } else {
    client.session()->SetSession(blob);
  }
  Settle(&client, &server);
  // Where both agree, data goes both ways.
  if (client.failed() || server.failed()) return;
  client.to_send = "from the client";
  server.to_send = "from the server";
  Settle(&client, &server);
  if (client.failed() || server.failed()) return;
  FUZZ_REQUIRE(server.received == client.to_send && client.received == server.to_send);
}

}  // namespace ownssl::fuzz
