// The calls that one number received, and the episode of its flood.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/types/span.h"
#include "detector/floods/called_call.h"
#include "detector/floods/flood_meter.h"
#include "detector/model/detection.h"
#include "detector/model/episode.h"
#include "detector/model/flood_rule.h"
#include "detector/model/rules.h"

namespace ringfence {

// The rule, with what follows from it.
struct FloodSet {
  FloodSet(const FloodRule& flood, const DetectorOptions& options);

  FloodRule rule;
  uint32_t place = 0;   // behind those of the other rules
  Duration lateness{};  // the rule's or the detector's, whichever is less
  Duration held{};      // calls older than this are in no window of a call that may still come
};

// Not thread-safe. Holds the calls of FloodSet::held.
//
// To count different callers costs a walk through the window, so it is done only when the outcome
// is not known: while no episode is open, not before as many calls have come as the fullest window
// had room for; while one is open, not before the calls that keep it open are too old.
class FloodState {
 public:
  // Its calls up to now: in order, none of them floods it. `service`: see FloodMeter.
  FloodState(std::vector<ReceivedCall> calls, bool service)
      : calls_(std::move(calls)), service_(service) {}

  // Counts the call of a called number and judges it: as an Episode, see Judge(). Appends
  // detections without a subject.
  void Consume(const FloodSet& set, FloodMeter& meter, const CalledCall& call,
               std::vector<Found>& found);

  // The number is another one to the rule from the next call on.
  void SetService(bool service);
  // Drops what can't matter any more, for sweeps and snapshots.
  void Normalise(const FloodSet& set, EventTime newest);

  absl::Span<const ReceivedCall> calls() const {
    return absl::MakeConstSpan(calls_).subspan(begin_);
  }
  const Episode& episode() const { return episode_; }
  void SetEpisode(const Episode& episode) { episode_ = episode; }
  // Whether all that it knows are its calls.
  bool HasCallsAlone() const { return episode_ == Episode{}; }
  size_t HeapBytes() const;

 private:
  struct Judged;

  void DropOlder(EventTime reference, Duration age);
  size_t Insert(const ReceivedCall& call);
  bool CanFlood(uint64_t caller);
  void JudgeClosed(const Judged& judged, std::vector<Found>& found);
  std::vector<size_t> MeasureAll(FloodMeter& meter, size_t from);
  void JudgeOpen(const Judged& judged, std::vector<Found>& found);
  void Report(const Judged& judged, Transition transition, size_t position,
              std::vector<Found>& found);
  Detection Describe(const FloodSet& set, Transition transition, size_t position) const;

  std::vector<ReceivedCall> calls_;  // in order of time, equal times in order of arrival
  size_t begin_ = 0;                 // those before it are dropped
  bool service_ = false;
  Episode episode_;
  // While none is open: so many more calls that may flood it change nothing.
  int64_t quiet_calls_ = 0;
  // Of a service: all callers of calls held, and some that were. A call of another one is repeated
  // in no window. Null: not known.
  std::unique_ptr<absl::flat_hash_set<uint64_t>> known_;
  // While one is open: a call in order before this finds it open.
  EventTime open_until_ = EventTime::min();
};

}  // namespace ringfence
