#include "isolation.h"

namespace ownssl {

void Bindings::Add(const Bindings& other) {
  total += other.total;
  to_executable += other.to_executable;
  elsewhere += other.elsewhere;
  if (example.empty()) example = other.example;
}

void Bindings::Astray(Where where, const std::string& symbol, const std::string& file) {
  (where == Where::kExecutable ? to_executable : elsewhere)++;
  if (!example.empty()) return;
  example = symbol + " in " + (where == Where::kExecutable ? "the executable" : file);
}

}  // namespace ownssl
