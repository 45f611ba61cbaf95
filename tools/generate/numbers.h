// The made-up number blocks of the city. None is a number that somebody answers: 0631-555xxxx and
// 138-0000-xxxx stand for fiction, mobile prefix 169 is not assigned, +1 202 555 01xx (NANPA) and
// +44 20 7946 0xxx (Ofcom) are reserved for fiction.
#pragma once

#include <cstdint>

namespace ringfence::generate {

inline constexpr uint64_t kLandlines = 86'631'5550000;  // 0631 555 0000 and up
inline constexpr uint32_t kLandlineCount = 10'000;

inline constexpr uint32_t kFirstMobiles = 10'000;          // +86 138 0000 xxxx, then
inline constexpr uint32_t kMaxMobiles = 80'000'000;        // +86 169 0000 0000 to 169 7999 9999
inline constexpr uint64_t kUnallocated = 86'169'80000000;  // called by mistake: nobody has them
inline constexpr uint64_t kOtherCarrier = 86'169'90000000;
inline constexpr uint32_t kAbroadCount = 1'100;

// Digits of the city's i-th mobile subscriber, i < kMaxMobiles.
constexpr uint64_t MobileDigits(uint32_t i) {
  return i < kFirstMobiles ? 86'138'00000000 + i : 86'169'00000000 + (i - kFirstMobiles);
}

// Digits of the i-th number abroad, i < kAbroadCount.
constexpr uint64_t AbroadDigits(uint32_t i) {
  return i < 100 ? 1'202'555'0100 + i : 44'20'7946'0000 + (i - 100);
}

}  // namespace ringfence::generate
