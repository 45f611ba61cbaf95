// Decimal digits in text, eight at a time. For little-endian machines, as all of ringfence.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ringfence::digits {

inline constexpr uint64_t kZeros = 0x3030303030303030;  // "00000000"

inline uint64_t Load8(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

// Every byte is 0 to 9. A byte above 9 shows in its own top bit whatever a carry does to the next.
inline bool AllBelowTen(uint64_t bytes) {
  return (((bytes + 0x7676767676767676) | bytes) & 0x8080808080808080) == 0;
}

// How many digits there are before something else, up to 8. Eight bytes at `at` must be readable.
inline size_t CountAtFront(const char* at) {
  const uint64_t bytes = Load8(at) ^ kZeros;
  const uint64_t others = ((bytes + 0x7676767676767676) | bytes) & 0x8080808080808080;
  return static_cast<size_t>(std::countr_zero(others)) / 8;
}

// The number that eight bytes of 0 to 9 make, the first the most significant: pairs of digits, then
// fours, then all, by multiplication.
inline uint64_t Join8(uint64_t bytes) {
  constexpr uint64_t kPairs = 0x000000FF000000FF;
  bytes = bytes * 10 + (bytes >> 8);
  return (((bytes & kPairs) * 0x000F424000000064) +
          (((bytes >> 16) & kPairs) * 0x0000271000000001)) >>
         32;
}

inline constexpr std::array<uint64_t, 9> kPowersOfTen = {
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};

// Reads `count` (9 to 16) digits; false when one is none. Sixteen bytes must be readable.
inline bool ReadLong(const char* at, size_t count, uint64_t& value) {
  const uint64_t bytes = Load8(at) ^ kZeros;
  const uint64_t tail = (Load8(at + 8) ^ kZeros) << (128 - 8 * count);
  value = Join8(bytes) * kPowersOfTen[count - 8] + Join8(tail);
  return AllBelowTen(bytes) && AllBelowTen(tail);
}

// The value of four digits; 10,000 when one is none.
inline uint32_t Read4(const char* at) {
  uint32_t bytes;
  std::memcpy(&bytes, at, sizeof(bytes));
  bytes ^= static_cast<uint32_t>(kZeros);
  const uint32_t others = ((bytes + 0x76767676) | bytes) & 0x80808080;
  bytes = bytes * 10 + (bytes >> 8);
  return others != 0 ? 10'000 : (bytes & 0xFF) * 100 + ((bytes >> 16) & 0xFF);
}

// Reads `count` (1 to 16) digits; false when one is none. Eight bytes at `at` must be readable, and
// sixteen for more than eight digits.
inline bool Read(const char* at, size_t count, uint64_t& value) {
  uint64_t bytes = Load8(at) ^ kZeros;
  if (count <= 8) {
    bytes <<= 64 - 8 * count;  // zeros in front
    value = Join8(bytes);
    return AllBelowTen(bytes);
  }
  return ReadLong(at, count, value);
}

}  // namespace ringfence::digits
