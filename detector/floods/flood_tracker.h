// The rule for called numbers, over some of them: who is flooded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "detector/floods/called_call.h"
#include "detector/floods/flood_state.h"
#include "detector/floods/received_log.h"
#include "detector/model/detection.h"
#include "detector/model/subject.h"

namespace ringfence {

struct FloodCounts {
  size_t numbers = 0;  // that are called often enough to have a state
  size_t calls = 0;    // held
  size_t memory_bytes = 0;
  size_t open_alerts = 0;
};

// While a number is called little, no window of it can be flooded, and its calls lie in one log
// with those of all others. Between half and all of the least that is allowed it gets a FloodState,
// which it gives back when it is called little again. Which of the two holds the calls never shows
// in results or snapshots.
//
// Memory is bounded by the calls of FloodSet::held and some pages of the log: 40 bytes each.
//
// Not thread-safe. set must outlive it.
class FloodTracker {
 public:
  // directory: whose numbers are services, beside short codes. May be null.
  FloodTracker(const FloodSet& set, std::shared_ptr<const SubjectDirectory> directory);

  // Counts and judges records in their order.
  void Consume(absl::Span<const CalledCall> calls, std::vector<Found>& found);
  // To be called after each batch, of this tracker's records or not.
  void SweepWhenDue(EventTime newest);
  void SetDirectory(std::shared_ptr<const SubjectDirectory> directory);

  // What still matters, in its one form: calls of each number in their order, and the episode of
  // those that have had one. Appends them in no order of numbers.
  struct HeldCall {
    uint64_t called = 0;
    ReceivedCall call;
  };
  struct HeldEpisode {
    uint64_t called = 0;
    Episode episode;
  };
  void Collect(EventTime newest, std::vector<HeldCall>& calls, std::vector<HeldEpisode>& episodes);
  // Adds a number that is not there.
  void Add(uint64_t called, std::vector<ReceivedCall> calls, const Episode& episode,
           EventTime newest);

  void AppendRegions(MemoryRegions& regions) const { log_.AppendRegions(regions); }
  FloodCounts counts() const;

 private:
  using States = absl::flat_hash_map<uint64_t, std::unique_ptr<FloodState>>;

  void Count(const CalledCall& call, std::vector<Found>& found);
  void Feed(const CalledCall& call, FloodState& state, std::vector<Found>& found);
  FloodState& NewState(uint64_t called, std::vector<ReceivedCall> calls, EventTime newest);
  void Account(const FloodState& state, bool added);
  void FitLog();
  void Sweep(EventTime newest);
  bool IsService(uint64_t called) const;

  const FloodSet& set_;
  std::shared_ptr<const SubjectDirectory> directory_;
  FloodMeter meter_;
  size_t crowd_;
  ReceivedLog log_;
  States states_;
  FloodCounts totals_;  // of the states
  std::optional<EventTime> swept_;
};

}  // namespace ringfence
