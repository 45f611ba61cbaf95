// The rule for called numbers as a detector has it: the numbers divided among its threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "detector/floods/flood_router.h"
#include "detector/floods/flood_tracker.h"
#include "detector/model/detection.h"
#include "detector/model/rules.h"
#include "detector/model/subject.h"
#include "ingest/model/bytes.h"

namespace ringfence {

// Different shards may judge in different threads; everything else is for one thread at a time.
class FloodShards {
 public:
  // options.flood is there. directory may be null.
  FloodShards(const DetectorOptions& options,
              const std::shared_ptr<const SubjectDirectory>& directory);

  // Judges what the shard takes of the records: to be called for each. `first`: index of calls[0]
  // in the batch. `newest`: up to the record before them.
  void Judge(size_t shard, absl::Span<const Cdr> calls, size_t first,
             std::optional<EventTime> newest, std::vector<Found>& found);
  // To be called between two batches.
  void CountLate();

  void SetDirectory(const std::shared_ptr<const SubjectDirectory>& directory);

  // The state of all numbers that still matter, in their order.
  void Write(EventTime newest, ByteWriter& writer);
  // Into a new object; false when the bytes are not what Write() writes. `with_episodes`: those go
  // on; else who is flooded is found anew.
  bool Read(ByteReader& reader, EventTime newest, bool with_episodes);

  const FloodRule& rule() const { return set_->rule; }
  uint64_t late() const { return late_; }
  FloodCounts counts() const;
  void AppendRegions(MemoryRegions& regions) const {
    for (const auto& tracker : trackers_) tracker->AppendRegions(regions);
  }

 private:
  static void WriteNumber(absl::Span<const FloodTracker::HeldCall> calls, const Episode& episode,
                          ByteWriter& writer);
  bool ReadNumber(uint64_t called, ByteReader& reader, EventTime newest, bool with_episodes);

  std::unique_ptr<const FloodSet> set_;
  FloodRouter router_;
  std::vector<FloodPart> parts_;  // of the shards
  std::vector<std::unique_ptr<FloodTracker>> trackers_;
  uint64_t late_ = 0;
};

}  // namespace ringfence
