// Inline: most ids are so short that a call costs more than the hash.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cstring>
#include <limits>

#include "ingest/cdr_decoder.h"

namespace ringfence {
namespace {

// Each kind of identity has a seed of its own, so that an id never collides with fields that happen
// to have the same bytes. Changing one makes every earlier key another.
constexpr XXH64_hash_t kIdSeed = 1;
constexpr XXH64_hash_t kFieldsSeed = 2;
constexpr XXH64_hash_t kTrunkSeed = 3;

RecordKey KeyOf(XXH128_hash_t hash) { return {hash.high64, hash.low64}; }

}  // namespace

RecordKey KeyOfId(std::string_view record_id, const CallingNumber* caller) {
  const XXH64_hash_t seed = caller == nullptr ? kIdSeed : kIdSeed ^ caller->number().packed();
  return KeyOf(XXH3_128bits_withSeed(record_id.data(), record_id.size(), seed));
}

RecordKey KeyOfFields(const Cdr& cdr) {
  const std::string& trunk = cdr.trunk.value();
  const XXH128_hash_t trunk_hash = XXH3_128bits_withSeed(trunk.data(), trunk.size(), kTrunkSeed);
  const int64_t release =
      cdr.release ? ToUnixMicros(*cdr.release) : std::numeric_limits<int64_t>::min();
  const std::array<uint64_t, 6> fields = {cdr.calling.number().packed(),
                                          cdr.called.number().packed(),
                                          static_cast<uint64_t>(ToUnixMicros(cdr.setup)),
                                          static_cast<uint64_t>(release),
                                          trunk_hash.high64,
                                          trunk_hash.low64};
  return KeyOf(XXH3_128bits_withSeed(fields.data(), sizeof(fields), kFieldsSeed));
}

}  // namespace ringfence
