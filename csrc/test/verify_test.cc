// Verification of the peer's chain, and the application's say in it.
#include "pair.h"

namespace ownssl::test {
namespace {

using Q = Question;
constexpr int kVersions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

// What the client finds in the server's chain, and what it says of it: OpenSSL's error numbers.
struct Verified {
  int found = -1;
  size_t chain = 0;
  bool established = false;
  long result = -1;
};

Verified Connect(int version, const std::string& server_name, bool accept,
                 std::shared_ptr<SecureContext> client) {
  Pair pair(std::move(client), ServerContext(version, server_name));
  pair.SetPatience(1);
  Verified verified;
  pair.client.answer = [&](Session& session, Q question) {
    CHECK(question == Q::kVerify);
    verified.found = session.verify_error();
    verified.chain = session.PeerChain().size();
    session.AnswerVerify(accept ? X509_V_OK : session.verify_error());
    return true;
  };
  REQUIRE(pair.Run());
  verified.established = pair.Established();
  verified.result = ossl.SSL_get_verify_result(pair.client.session->ssl());
  if (pair.Established()) {
    CHECK(pair.client.session->verify_error() == verified.found);
    CHECK(pair.client.session->PeerChain().size() == verified.chain);
  }
  return verified;
}

struct Expected {
  const char* server;
  int error;
  size_t chain;
};
// Without the intermediate, as it comes with each of them, nothing is known but the leaf.
const Expected kServers[] = {
    {"server-ec", X509_V_OK, 3},
    {"server-rsa", X509_V_OK, 3},
    {"wrong-host", X509_V_OK, 3},  // Names are checked by the application.
    {"expired", X509_V_ERR_CERT_HAS_EXPIRED, 3},
    {"not-yet-valid", X509_V_ERR_CERT_NOT_YET_VALID, 3},
    {"self-signed", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, 1},
    {"server-unknown", X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, 1},
};

}  // namespace

TEST_CASE("a chain is verified, and the application accepts it or not") {
  for (const int version : kVersions) {
    for (const Expected& expected : kServers) {
      for (const bool accept : {false, true}) {
        CAPTURE(version);
        CAPTURE(expected.server);
        CAPTURE(accept);
        const Verified verified = Connect(version, expected.server, accept, ClientContext(version));
        CHECK(verified.found == expected.error);
        CHECK(verified.established == (accept || expected.error == X509_V_OK));
        // What was found stays known, accepted or not.
        CHECK(verified.result == expected.error);
        if (verified.established && expected.chain == 3) CHECK(verified.chain == 3);
      }
    }
  }
}

TEST_CASE("a chain without a trusted root") {
  const Verified none = Connect(TLS1_3_VERSION, "server-ec", false, PlainContext());
  CHECK(none.found == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  CHECK(!none.established);

  auto partial = PlainContext();
  REQUIRE(partial->AddCaCertificates(SpanOf(Fixture("intermediate.crt"))));
  CHECK(Connect(TLS1_3_VERSION, "server-ec", false, partial).found != X509_V_OK);
  partial->AllowPartialTrustChain();
  CHECK(Connect(TLS1_3_VERSION, "server-ec", false, partial).found == X509_V_OK);
}

TEST_CASE("a revoked certificate") {
  auto client = ClientContext();
  const std::string crls = Fixture("intermediate.crl") + Fixture("root.crl");
  REQUIRE(client->AddCrl(SpanOf(crls)));
  CHECK(Connect(TLS1_2_VERSION, "revoked", false, client).found == X509_V_ERR_CERT_REVOKED);
  CHECK(Connect(TLS1_2_VERSION, "server-ec", false, client).found == X509_V_OK);
  auto one_missing = ClientContext();
  REQUIRE(one_missing->AddCrl(SpanOf(Fixture("root.crl"))));
  CHECK(Connect(TLS1_2_VERSION, "server-ec", false, one_missing).found ==
        X509_V_ERR_UNABLE_TO_GET_CRL);
}

TEST_CASE("the verdict decides which alert the peer gets") {
  const std::pair<int, const char*> alerts[] = {
      {X509_V_ERR_CERT_HAS_EXPIRED, "ALERT_CERTIFICATE_EXPIRED"},
      {X509_V_ERR_CERT_REVOKED, "ALERT_CERTIFICATE_REVOKED"},
      {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "ALERT_UNKNOWN_CA"},
      {X509_V_ERR_HOSTNAME_MISMATCH, "ALERT_BAD_CERTIFICATE"},
      {X509_V_ERR_APPLICATION_VERIFICATION, "ALERT_HANDSHAKE_FAILURE"},
      {12345, "ALERT_CERTIFICATE_UNKNOWN"},
  };
  for (const int version : kVersions) {
    for (const auto& [error, alert] : alerts) {
      CAPTURE(version);
      CAPTURE(error);
      Pair pair(ClientContext(version), ServerContext(version));
      const int verdict = error;
      pair.client.answer = [verdict](Session& session, Q) {
        session.AnswerVerify(verdict);
        return true;
      };
      REQUIRE(pair.Run());
      CHECK(pair.client.code() == "ERR_SSL_CERTIFICATE_VERIFY_FAILED");
      CHECK_MESSAGE(pair.server.code().find(alert) != std::string::npos, pair.server.code());
    }
  }
}

TEST_CASE("a server requests a client's certificate, requires it, or does neither") {
  for (const int version : kVersions) {
    for (const bool has_one : {false, true}) {
      for (const int wish : {0, 1, 2}) {
        CAPTURE(version);
        CAPTURE(has_one);
        CAPTURE(wish);
        Pair pair(has_one ? ServerContext(version, "client") : ClientContext(version),
                  ServerContext(version));
        pair.server.session->SetVerify(wish > 0, wish > 1);
        REQUIRE(pair.Run());
        CHECK(pair.server.Asked(Q::kVerify) == (has_one && wish > 0));
        CHECK(pair.server.established() == (has_one || wish < 2));
        CHECK(pair.server.session->PeerChain().empty() == (!has_one || wish == 0));
        if (!pair.server.established()) {
          CHECK(pair.server.code() == "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE");
          CHECK(pair.client.failed());
        }
      }
    }
  }
}

TEST_CASE("a client's certificate from nowhere, in one byte at a time") {
  for (const int version : kVersions) {
    for (const bool accept : {false, true}) {
      Pair pair(ServerContext(version, "client-unknown"), ServerContext(version));
      pair.SetChunks(1);
      pair.server.session->SetVerify(true, true);
      pair.server.answer = [accept](Session& session, Q) {
        CHECK(session.verify_error() == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE);
        CHECK(!session.PeerChain().empty());
        session.AnswerVerify(accept ? X509_V_OK : session.verify_error());
        return true;
      };
      REQUIRE(pair.Run());
      CHECK(pair.server.established() == accept);
      CHECK(pair.server.failed() == !accept);
    }
  }
}

}  // namespace ownssl::test
