// How fast a source may send. Internal to ingest/transport; knows no socket and no clock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"

namespace ringfence {

// A source that sends more than its records a second, over all of its streams, gets its
// acknowledgements later; its credit then holds it back. Nothing that was taken is dropped.
class SourceQuota {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // 0: no limit.
  explicit SourceQuota(uint32_t records_per_second) : rate_(records_per_second) {}

  // What one stream may be granted of `credit`: half a second's worth, so that an acknowledgement
  // that waits comes before the sender takes it for lost.
  uint32_t Credit(uint32_t credit) const {
    return rate_ == 0 ? credit : std::min(credit, std::max(rate_ / 2, 1U));
  }

  // `records` of the source were taken.
  void Spend(std::string_view source, uint32_t records, TimePoint now);
  // Whether the source has not sent more by `now` than it may.
  bool Allows(std::string_view source, TimePoint now) const;

 private:
  const uint32_t rate_;
  // Until when what each source sent would have taken at its rate. Past ones say nothing.
  absl::flat_hash_map<std::string, TimePoint> busy_until_;
};

}  // namespace ringfence
