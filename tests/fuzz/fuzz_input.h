// Takes the bytes of a fuzzer apart into the choices that it makes, and damages other bytes as they
// say. Where the input has ended, every choice is zero.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace ringfence {

inline void MustHold(bool condition) {
  if (!condition) std::abort();
}

class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  uint8_t Byte() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  uint64_t Number() {
    uint64_t value = 0;
    for (int bytes = Byte() % 9; bytes > 0; --bytes) value = value << 8 | Byte();
    return value;
  }
  // 0 … bound - 1, for a bound up to 2^24.
  size_t Below(size_t bound) {
    const size_t value = size_t{Byte()} << 16 | size_t{Byte()} << 8 | Byte();
    return bound == 0 ? 0 : value % bound;
  }
  std::string Text(size_t most) {
    const std::string text(rest_.substr(0, Below(most + 1)));
    rest_.remove_prefix(text.size());
    return text;
  }

 private:
  std::string_view rest_;
};

// Puts `with` at `at`, over what is there.
inline void Overwrite(std::string& bytes, size_t at, std::string_view with) {
  with = with.substr(0, bytes.size() - at);
  bytes.replace(at, with.size(), with);
}

// Flips bits, cuts off, wipes out, repeats elsewhere, or inserts.
inline void Damage(FuzzInput& input, std::string& bytes) {
  const uint8_t what = input.Byte() % 6;
  const size_t at = input.Below(bytes.size() + 1);
  const size_t size = input.Below(bytes.size() - at + 1);
  switch (what) {
    case 0:
      bytes.resize(at);
      break;
    case 1:
      bytes.replace(at, size, size, '\0');
      break;
    case 2:
      Overwrite(bytes, input.Below(bytes.size() + 1), bytes.substr(at, size));
      break;
    case 3:
      bytes.insert(at, input.Text(16));
      break;
    case 4:
      bytes.erase(at, size);
      break;
    default:
      if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ input.Byte());
  }
}

}  // namespace ringfence
