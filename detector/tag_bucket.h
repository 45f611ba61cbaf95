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

  // Nine bits of a hash, of which the lower eight are not 0.
  using Tag = uint16_t;
  static Tag TagOf(uint64_t hash) {
    const uint64_t low = (hash & 0xFF) == 0 ? 1 : hash & 0xFF;
    return static_cast<Tag>(low | (hash >> 7 & 0x100));
  }

  uint8_t tags[kSlots] = {};  // their lower eight bits; 0: the slot is free
  // Numbers whose way led past this bucket because it was full; kStuck stays for good.
  uint8_t passed = 0;
  uint8_t refs[3 * kSlots] = {};
  uint8_t spare = 0;
  uint16_t ninths = 0;  // the ninth bits of the tags, one for each slot

  // One bit for each slot with this tag.
  uint32_t Matches(Tag tag) const {
    const uint32_t same_ninth = ninths ^ ((uint32_t{tag} >> 8) - 1);
    return Equal(static_cast<uint8_t>(tag)) & same_ninth;
  }
  uint32_t Free() const { return Equal(0); }
  uint32_t Ref(uint32_t slot) const {
    uint32_t ref = 0;
    std::memcpy(&ref, refs + 3 * size_t{slot}, sizeof ref);  // the byte behind is in the bucket
    return ref & kMaxRef;
  }
  void Set(uint32_t slot, Tag tag, uint32_t ref) {
    tags[slot] = static_cast<uint8_t>(tag);
    const uint32_t others = ninths & ~(1U << slot);
    ninths = static_cast<uint16_t>(others | uint32_t{tag} >> 8 << slot);
    std::memcpy(refs + 3 * size_t{slot}, &ref, 3);  // lowest byte first, as x86 has it
  }
  void Clear(uint32_t slot) { tags[slot] = 0; }
  void Pass() { passed += passed == kStuck ? 0 : 1; }
  void Unpass() { passed -= passed == kStuck ? 0 : 1; }

 private:
  // One bit for each slot with these lower eight bits.
  uint32_t Equal(uint8_t bits) const {
    const __m128i all = _mm_load_si128(reinterpret_cast<const __m128i*>(tags));
    const __m128i equal = _mm_cmpeq_epi8(all, _mm_set1_epi8(static_cast<char>(bits)));
    return static_cast<uint32_t>(_mm_movemask_epi8(equal)) & ((1U << kSlots) - 1);
  }
};
static_assert(sizeof(TagBucket) == 64);

}  // namespace ringfence
