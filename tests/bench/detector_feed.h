// A detector with its traffic, and the answer beside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include "absl/status/status.h"
#include "detector/detector.h"
#include "tests/bench/carrier_traffic.h"
#include "tests/bench/timing.h"

namespace ringfence {

// One rule, the numbers' own, as the limit of 64 bytes a record is meant.
inline DetectorOptions NumberRule(size_t shards, bool features = false) {
  DetectorOptions options;
  options.rules = {FrequencyRule{}};
  options.shards = shards;
  options.features = features;
  return options;
}

// Not thread-safe.
class DetectorFeed {
 public:
  // in_blocks: CarrierTraffic. Addressed directly by the number plan, or else found by a hash.
  DetectorFeed(size_t numbers, bool in_blocks, size_t shards, bool features = false,
               bool with_heavy = true)
      : traffic_(numbers, in_blocks, with_heavy),
        detector_(NumberRule(shards, features), nullptr) {}

  // So many days of traffic, so that the windows slide. Internal: the numbers that alerted are not
  // those of brute force.
  absl::Status WarmUp(double days) {
    constexpr size_t kBatch = 65'536;  // large, as threads wait for each other after each
    const double calls = days * traffic_.calls_per_day();
    for (double made = 0; made < calls; made += kBatch) Consume(kBatch);
    return Check();
  }

  // The next calls of the traffic; the time to make them is not counted.
  Took Consume(size_t calls) {
    traffic_.Fill(calls, batch_);
    return Consume(batch_);
  }
  // Calls that the traffic made for somebody who brings them here.
  Took Consume(const std::vector<Cdr>& batch) {
    detections_.clear();
    const Took took = TimeOf([&] { detector_.Consume(batch, detections_, late_); });
    for (const Detection& d : detections_) {
      if (d.level == Level::kAlert) alerted_.insert(d.subject.number.number().packed());
    }
    return took;
  }

  absl::Status Check() const {
    if (late_.empty() && alerted_ == traffic_.over()) return absl::OkStatus();
    return absl::InternalError("the numbers that alerted are not those of brute force");
  }

  CarrierTraffic& traffic() { return traffic_; }
  DetectorStats stats() const { return detector_.stats(); }
  double bytes_per_number() const {
    const DetectorStats stats = detector_.stats();
    return static_cast<double>(stats.memory_bytes) / static_cast<double>(stats.tracked_numbers);
  }
  size_t alerted() const { return alerted_.size(); }

 private:
  CarrierTraffic traffic_;
  Detector detector_;
  std::vector<Cdr> batch_;
  std::vector<Detection> detections_;
  std::vector<size_t> late_;
  std::unordered_set<uint64_t> alerted_;
};

}  // namespace ringfence
