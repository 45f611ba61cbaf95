// The byte form that ids are made from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringfence {

// Appends fixed-width little-endian integers and length-prefixed texts: no two sequences of fields
// give the same bytes.
class CanonicalBytes {
 public:
  CanonicalBytes& Text(std::string_view text) {
    Integer(text.size(), 4);
    bytes_.append(text);
    return *this;
  }
  CanonicalBytes& U8(uint8_t value) { return Integer(value, 1); }
  CanonicalBytes& U32(uint32_t value) { return Integer(value, 4); }
  CanonicalBytes& I64(int64_t value) { return Integer(static_cast<uint64_t>(value), 8); }

  const std::string& bytes() const { return bytes_; }

 private:
  CanonicalBytes& Integer(uint64_t value, int width) {
    for (int i = 0; i < width; ++i) bytes_.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
    return *this;
  }

  std::string bytes_;
};

}  // namespace ringfence
