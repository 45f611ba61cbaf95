// A bucket of an index by hash: one cache line with up to 15 references and their tags of nine
// bits.
#pragma once

#include <emmintrin.h>

#include <bit>
#include <cstdint>
#include <cstring>

namespace ringfence {

// The position of the lowest bit that is set; there must be one.
inline uint32_t FirstOf(uint32_t bits) { return static_cast<uint32_t>(std::countr_zero(bits)); }

struct alignas(64) TagBucket {
  static constexpr uint32_t kSlots = 15;
  static constexpr uint32_t kMaxRef = 0xFFFFFF;
  static constexpr uint8_t kStuck = 255;

  // A tag is nine bits of a hash: bits 0 to 7, where 0 counts as 1, and bit 31.
  uint8_t tags[kSlots] = {};  // their first eight bits; 0: the slot is free
  uint8_t no_tag = 0;         // is compared with them, and never equal
  uint8_t refs[3 * kSlots] = {};
  // Numbers whose way led past this bucket because it was full; kStuck stays for good.
  uint8_t passed = 0;
  uint16_t ninths = 0;  // one bit for each slot: set where the tag's ninth is not

  // One bit for each slot with this hash's tag.
  uint32_t Matches(uint64_t hash) const {
    const auto ninth_of_all = static_cast<uint32_t>(static_cast<int32_t>(hash) >> 31);
    return Equal(FirstBits(hash)) & (ninths ^ ninth_of_all);
  }
  uint32_t Free() const { return Equal(0) & ((1U << kSlots) - 1); }
  uint32_t Ref(uint32_t slot) const {
    uint32_t ref = 0;
    std::memcpy(&ref, refs + 3 * size_t{slot}, sizeof ref);  // the byte behind is in the bucket
    return ref & kMaxRef;
  }
  void Set(uint32_t slot, uint64_t hash, uint32_t ref) {
    tags[slot] = FirstBits(hash);
    const uint32_t others = ninths & ~(1U << slot);
    const auto ninth = static_cast<uint32_t>(hash >> 31 & 1);
    ninths = static_cast<uint16_t>(others | (ninth ^ 1) << slot);
    std::memcpy(refs + 3 * size_t{slot}, &ref, 3);  // lowest byte first, as x86 has it
  }
  // Where a number with this hash is referred to, it is elsewhere from now on. False: not here.
  bool Redirect(uint64_t hash, uint32_t from, uint32_t to) {
    for (uint32_t rest = Matches(hash); rest != 0; rest &= rest - 1) {
      if (Ref(FirstOf(rest)) != from) continue;
      Set(FirstOf(rest), hash, to);
      return true;
    }
    return false;
  }
  void Clear(uint32_t slot) { tags[slot] = 0; }
  void Pass() { passed += passed == kStuck ? 0 : 1; }
  void Unpass() { passed -= passed == kStuck ? 0 : 1; }

 private:
  static uint8_t FirstBits(uint64_t hash) {
    const auto bits = static_cast<uint8_t>(hash);
    return static_cast<uint8_t>(bits + (bits == 0 ? 1 : 0));
  }
  // One bit for each slot with these first eight bits, and behind them for no_tag.
  uint32_t Equal(uint8_t bits) const {
    const __m128i all = _mm_load_si128(reinterpret_cast<const __m128i*>(tags));
    const __m128i equal = _mm_cmpeq_epi8(all, _mm_set1_epi8(static_cast<char>(bits)));
    return static_cast<uint32_t>(_mm_movemask_epi8(equal));
  }
};
static_assert(sizeof(TagBucket) == 64);

}  // namespace ringfence
