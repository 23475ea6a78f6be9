// The memory BIO, against a model of it, and the gatherer of plaintext.
#include "../io/bio.h"

#include <sys/socket.h>
#include <unistd.h>

#include "../io/plaintext_gatherer.h"
#include "target.h"

namespace ownssl::fuzz {
namespace {

// Each byte tells where it is from.
std::string Numbered(size_t size, uint8_t seed) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(seed + i * 7);
  return text;
}

struct Model {
  MemoryBio bio;
  std::unique_ptr<uint8_t[]> input;
  size_t input_size = 0;
  size_t consumed = 0;
  std::unique_ptr<uint8_t[]> output;
  size_t output_size = 0;
  std::string written;
  std::string in_socket;
  bool socket_ended = false;
  int other_end = -1;

  ~Model() {
    if (other_end >= 0) ::close(other_end);
  }

  void Lend(Input* in) {
    const std::string text = Numbered(in->Below(300), in->Byte());
    input_size = text.size();
    input.reset(new uint8_t[input_size]);
    std::copy(text.begin(), text.end(), input.get());
    output_size = in->Below(300);
    output.reset(new uint8_t[output_size]);
    consumed = 0;
    written.clear();
    bio.Lend(input.get(), input_size, output.get(), output_size);
  }

  void Release() {
    bio.Release();
    input.reset();
    output.reset();
    input_size = output_size = consumed = 0;
    written.clear();
  }

  void Read(size_t size) {
    const std::unique_ptr<uint8_t[]> room(new uint8_t[size]);
    size_t done = 0;
    const int result = ossl.BIO_read_ex(bio.bio(), room.get(), size, &done);
    FUZZ_REQUIRE(done <= size);
    const size_t lent = std::min(size, input_size - consumed);
    if (lent > 0) {
      FUZZ_REQUIRE(result == 1 && done == lent);
      FUZZ_REQUIRE(std::equal(room.get(), room.get() + done, input.get() + consumed));
      consumed += done;
    } else if (done > 0) {
      FUZZ_REQUIRE(done <= in_socket.size());
      FUZZ_REQUIRE(std::equal(room.get(), room.get() + done,
                              reinterpret_cast<const uint8_t*>(in_socket.data())));
      in_socket.erase(0, done);
    } else if (size > 0) {
      FUZZ_REQUIRE(result == 0 && ossl.BIO_test_flags(bio.bio(), BIO_FLAGS_SHOULD_RETRY) != 0);
    }
    FUZZ_REQUIRE(bio.consumed() == consumed);
  }

  void Write(const std::string& text) {
    size_t done = 0;
    const int result = ossl.BIO_write_ex(bio.bio(), text.data(), text.size(), &done);
    const size_t expected = std::min(text.size(), output_size - written.size());
    FUZZ_REQUIRE(done == expected);
    if (expected > 0) FUZZ_REQUIRE(result == 1);
    written += text.substr(0, done);
    FUZZ_REQUIRE(bio.produced() == written.size());
    FUZZ_REQUIRE(bio.room() == output_size - written.size());
    FUZZ_REQUIRE(
        std::equal(written.begin(), written.end(), reinterpret_cast<const char*>(output.get())));
  }

  void Connect(std::shared_ptr<StreamSocket>* socket) {
    if (other_end >= 0) return;
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return;
    *socket = StreamSocket::Duplicate(ends[0]);
    ::close(ends[0]);
    other_end = ends[1];
    FUZZ_REQUIRE(*socket);
    bio.Connect(*socket);
  }
};

void FuzzGatherer(Input* input) {
  std::vector<std::string> parts;
  std::string all;
  for (size_t i = input->Below(12); i > 0; --i) {
    parts.push_back(Numbered(input->Below(1200), input->Byte()));
    all += parts.back();
  }
  std::vector<Span> chunks;
  for (const std::string& part : parts) chunks.push_back(SpanOf(part));
  const size_t skip = all.empty() ? 0 : input->Below(all.size() + 1);
  const size_t fragment = input->Below(1024) + 1;
  PlaintextGatherer gatherer(chunks, skip, fragment);
  std::string out;
  while (!gatherer.empty()) {
    const size_t records = input->Below(4) + 1;
    const Span piece = gatherer.Next(records);
    FUZZ_REQUIRE(piece.size > 0 && piece.size <= records * fragment);
    const size_t taken = input->Flag() ? input->Below(piece.size) + 1 : piece.size;
    out.append(reinterpret_cast<const char*>(piece.data), taken);
    gatherer.Advance(taken);
  }
  FUZZ_REQUIRE(out == all.substr(skip));
}

}  // namespace

void FuzzBio(Input input) {
  if (input.Flag()) return FuzzGatherer(&input);
  Model model;
  std::shared_ptr<StreamSocket> socket;
  FUZZ_REQUIRE(model.bio.bio() != nullptr);
  while (!input.empty()) {
    switch (input.Below(9)) {
      case 0:
        model.Lend(&input);
        break;
      case 1:
        model.Release();
        break;
      case 2:
      case 3:
        model.Read(input.Below(300));
        break;
      case 4:
        model.Write(Numbered(input.Below(300), input.Byte()));
        break;
      case 5:
        model.Connect(&socket);
        break;
      case 6:
        if (model.other_end >= 0 && !model.socket_ended) {
          const std::string text = Numbered(input.Below(300), input.Byte());
          if (::send(model.other_end, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
            model.in_socket += text;
          }
        }
        break;
      case 7:
        if (socket) socket->Ready();
        break;
      default:
        if (model.other_end >= 0 && input.Byte() == 0xff) {
          ::shutdown(model.other_end, SHUT_WR);
          model.socket_ended = true;
        }
    }
  }
  if (model.bio.ended()) FUZZ_REQUIRE(model.socket_ended && model.in_socket.empty());
}

}  // namespace ownssl::fuzz
