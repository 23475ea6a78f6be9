#include "../io/stream_socket.h"

#ifndef _WIN32

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#if __has_include(<linux/tcp.h>)
#include <linux/tcp.h>  // That of the C library knows fewer fields.
#endif

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "../io/bio.h"
#include "pair.h"

namespace ownssl::test {
namespace {

// A connected pair of the kernel's sockets, one end wrapped, as the event loop would have it.
struct Wire {
  Wire() {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    socket = StreamSocket::Duplicate(ends[0]);
    ::close(ends[0]);
    peer = ends[1];
    REQUIRE((socket != nullptr));
  }
  ~Wire() { Hang(); }
  void Hang() {
    if (peer >= 0) ::close(peer);
    peer = -1;
  }
  void Put(const std::string& text) const {
    REQUIRE(::send(peer, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    socket->Ready();
  }

  std::shared_ptr<StreamSocket> socket;
  int peer = -1;
};

}  // namespace

TEST_CASE("a stream socket is of a duplicate, and of nothing but stream sockets") {
  CHECK((StreamSocket::Duplicate(-1) == nullptr));
  int pipe_ends[2];
  REQUIRE(::pipe(pipe_ends) == 0);
  CHECK((StreamSocket::Duplicate(pipe_ends[0]) == nullptr));
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
  const int datagrams = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  CHECK((StreamSocket::Duplicate(datagrams) == nullptr));
  ::close(datagrams);

  const Wire wire;
  CHECK(wire.socket->fd() >= 0);
  const int fd = wire.socket->fd();
  CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  wire.socket->Close();
  CHECK(wire.socket->fd() == -1);
  CHECK(fcntl(fd, F_GETFD) == -1);
  uint8_t byte = 0;
  CHECK(wire.socket->Receive(&byte, 1) == -EBADF);
  CHECK(wire.socket->Send(&byte, 1) == -EBADF);
}

TEST_CASE("a stream socket knows its peer's end without reading") {
  Wire wire;
  CHECK(wire.socket->PeekEnd(false, false) == -EAGAIN);
  wire.Put("last words");
  wire.Hang();
  CHECK(wire.socket->PeekEnd(false, false) == -EAGAIN);
  CHECK(wire.socket->PeekEnd(false, true) == 0);
  CHECK(wire.socket->PeekEnd(true, true) == -ECONNRESET);
  uint8_t room[64];
  CHECK(wire.socket->Receive(room, sizeof(room)) == 10);
  CHECK(wire.socket->PeekEnd(false, false) == 0);
  wire.socket->Close();
  CHECK(wire.socket->PeekEnd(false, true) == -EBADF);
}

#if defined(MSG_MORE) && __has_include(<linux/tcp.h>)

TEST_CASE("what is sent last, and the end of the stream, are one packet") {
  for (const bool last : {false, true}) {
    CAPTURE(last);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* name = reinterpret_cast<sockaddr*>(&address);
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(::bind(listener, name, size) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    REQUIRE(getsockname(listener, name, &size) == 0);
    const int client = ::socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(::connect(client, name, size) == 0);
    const int accepted = ::accept(listener, nullptr, nullptr);
    const auto socket = StreamSocket::Duplicate(accepted);
    REQUIRE((socket != nullptr));
    // An emulator may tell the first bytes of it alone.
    const auto sent = [&socket]() -> std::optional<uint32_t> {
      tcp_info info{};
      socklen_t room = sizeof(info);
      REQUIRE(getsockopt(socket->fd(), IPPROTO_TCP, TCP_INFO, &info, &room) == 0);
      if (room < offsetof(tcp_info, tcpi_segs_out) + sizeof(info.tcpi_segs_out)) return {};
      return info.tcpi_segs_out;
    };
    const auto before = sent();
    const std::string text = "goodbye";
    const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
    CHECK(socket->Send(bytes, text.size(), last) == static_cast<ptrdiff_t>(text.size()));
    // What is sent last waits for the end, and nothing else does.
    pollfd readable{client, POLLIN, 0};
    CHECK(::poll(&readable, 1, last ? 0 : 10'000) == (last ? 0 : 1));
    CHECK(socket->Shutdown() == 0);
    if (before) CHECK(*sent() - *before == (last ? 1 : 2));
    char room[16];
    CHECK(::recv(client, room, sizeof(room), MSG_WAITALL) == static_cast<ssize_t>(text.size()));
    CHECK(::recv(client, room, sizeof(room), 0) == 0);
    for (const int fd : {listener, client, accepted}) ::close(fd);
  }
}

#endif

TEST_CASE("a stream socket never waits, and asks the kernel only when there may be something") {
  const Wire wire;
  uint8_t room[8];
  CHECK(wire.socket->Receive(room, sizeof(room)) == -EAGAIN);
  CHECK(wire.socket->exhausted());
  wire.Put("0123456789");
  CHECK(wire.socket->Receive(room, sizeof(room)) == 8);
  CHECK(!wire.socket->exhausted());
  CHECK(wire.socket->Receive(room, sizeof(room)) == 2);
  // Less than there was room for: that was all.
  CHECK(wire.socket->exhausted());
  REQUIRE(::send(wire.peer, "x", 1, 0) == 1);
  CHECK(wire.socket->Receive(room, sizeof(room)) == -EAGAIN);
  wire.socket->Ready();
  CHECK(wire.socket->Receive(room, sizeof(room)) == 1);
}

TEST_CASE("a stream socket tells the end from an error") {
  Wire wire;
  uint8_t byte = 0;
  REQUIRE(::shutdown(wire.socket->fd(), SHUT_WR) == 0);
  CHECK(wire.socket->Send(&byte, 1) == -EPIPE);  // And no signal.
  wire.Hang();
  CHECK(wire.socket->Receive(&byte, 1) == 0);
}

TEST_CASE("a full stream socket takes a part, and then asks to wait") {
  const Wire wire;
  const std::vector<uint8_t> data(1 << 20);
  const ptrdiff_t sent = wire.socket->Send(data.data(), data.size());
  CHECK(sent > 0);
  CHECK(sent < static_cast<ptrdiff_t>(data.size()));
  CHECK(wire.socket->Send(data.data(), data.size()) == -EAGAIN);
}

namespace {

// An established pair whose client reads from a socket what the server sends.
struct ConnectedPair {
  explicit ConnectedPair(int version) : pair(ClientContext(version), ServerContext(version)) {
    REQUIRE(pair.Run());
    REQUIRE(pair.Established());
    pair.client.session->Connect(wire.socket);
  }

  std::string Encrypted(const std::string& text) const {
    std::string all;
    for (size_t done = 0; done < text.size();) {
      std::vector<uint8_t> output(64 * 1024);
      Session::Progress step;
      pair.server.session->Write({SpanOf(text)}, done, {output.data(), output.size()}, &step);
      REQUIRE(step.written > 0);
      done += step.written;
      all.append(output.begin(), output.begin() + static_cast<ptrdiff_t>(step.output));
    }
    return all;
  }

  // One crossing without input.
  uint32_t Read(size_t room) {
    std::vector<uint8_t> plaintext(room);
    std::vector<uint8_t> output(1024);
    progress = {};
    const uint32_t status = pair.client.session->Pump({}, {plaintext.data(), plaintext.size()},
                                                      {output.data(), output.size()}, &progress);
    got.append(plaintext.begin(), plaintext.begin() + static_cast<ptrdiff_t>(progress.plaintext));
    received += progress.received;
    return status;
  }

  Pair pair;
  Wire wire;
  Session::Progress progress;
  std::string got;
  size_t received = 0;
};

}  // namespace

TEST_CASE("a connected session reads what its socket has, in any pieces") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    ConnectedPair connected(version);
    const std::string text = RandomText(50'000, 1);
    const std::string wire = connected.Encrypted(text);
    for (size_t done = 0, size = 1; done < wire.size(); done += size, size = size * 2 + 1) {
      size = std::min(size, wire.size() - done);
      connected.wire.Put(wire.substr(done, size));
      while ((connected.Read(3000) & kPlaintextFull) != 0)
        ;
    }
    CHECK(connected.got == text);
    CHECK(connected.received == wire.size());
  }
}

TEST_CASE("a connected session that has room left says so only when all is read") {
  ConnectedPair connected(TLS1_3_VERSION);
  connected.wire.Put(connected.Encrypted(RandomText(40'000, 2)));
  CHECK((connected.Read(16'384) & kPlaintextFull) != 0);
  CHECK((connected.Read(16'384) & kPlaintextFull) != 0);
  CHECK((connected.Read(16'384) & kPlaintextFull) == 0);
  CHECK(connected.got.size() == 40'000);
}

TEST_CASE("a connected session reads its lent input before the socket") {
  ConnectedPair connected(TLS1_3_VERSION);
  const std::string first = connected.Encrypted("first ");
  connected.wire.Put(connected.Encrypted("second"));
  std::vector<uint8_t> room(100);
  std::vector<uint8_t> output(1024);
  Session::Progress progress;
  connected.pair.client.session->Pump(SpanOf(first), {room.data(), room.size()},
                                      {output.data(), output.size()}, &progress);
  CHECK(progress.consumed == first.size());
  CHECK(std::string(room.begin(), room.begin() + 12) == "first second");
}

TEST_CASE("a read of nothing is not the end of the socket") {
  const Wire wire;
  MemoryBio bio;
  bio.Connect(wire.socket);
  wire.Put("more");
  char room[8];
  size_t done = 0;
  ossl.BIO_read_ex(bio.bio(), room, 0, &done);
  CHECK(!bio.ended());
  CHECK(ossl.BIO_read_ex(bio.bio(), room, sizeof room, &done) == 1);
  CHECK(done == 4);
}

TEST_CASE("a connected session tells the end of its socket, after all data") {
  ConnectedPair connected(TLS1_3_VERSION);
  connected.wire.Put(connected.Encrypted("last words"));
  connected.wire.Hang();
  uint32_t status = connected.Read(100);
  if ((status & kInputEnded) == 0) {
    connected.wire.socket->Ready();
    status = connected.Read(100);
  }
  CHECK(connected.got == "last words");
  CHECK((status & (kInputEnded | kFailed | kCloseNotify)) == kInputEnded);
  CHECK(connected.progress.error == 0);
}

TEST_CASE("a connected session tells an error of its socket by its number") {
  ConnectedPair connected(TLS1_3_VERSION);
  connected.wire.socket->Close();
  CHECK((connected.Read(100) & kInputEnded) != 0);
  CHECK(connected.progress.error == EBADF);
}

}  // namespace ownssl::test

#endif
