// One rule over all its subjects. The detector is a list of these.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "detector/detection.h"
#include "detector/rules.h"
#include "detector/subject.h"
#include "detector/subject_state.h"
#include "ingest/model/bytes.h"
#include "ingest/model/cdr.h"

namespace ringfence {

// Added up while things change, so that reading them is cheap.
struct TrackerCounts {
  size_t subjects = 0;
  size_t retained_times = 0;
  size_t heap_bytes = 0;   // of the subjects' states
  size_t table_bytes = 0;  // of the table that holds them
  size_t open_warnings = 0;
  size_t open_alerts = 0;
};

// Not thread-safe. Subjects that can't matter any more are freed by a sweep over all of them, each
// time that the newest setup time has moved on by a sixteenth of the retention, or of a day if that
// is longer: some 16 visits to an idle subject at most. A freed subject and one never seen are the
// same thing, so when the sweep comes never shows in results or snapshots.
class RuleTracker {
 public:
  explicit RuleTracker(RuleFrame frame) : frame_(std::move(frame)) {}
  virtual ~RuleTracker() = default;
  RuleTracker(const RuleTracker&) = delete;
  RuleTracker& operator=(const RuleTracker&) = delete;

  // Counts and judges one record that is not late; `newest` includes it. `member`: the line and
  // customer of the calling number, null when it has none.
  virtual void Consume(const Cdr& cdr, const SubjectDirectory::Membership* member, EventTime newest,
                       std::vector<Detection>& detections) = 0;
  // A record of this number comes soon: fetches into the cache where its state is found, and then,
  // a few records later, what the state points to. Changes nothing.
  virtual void PrefetchSlot(CallingNumber) const {}
  virtual void PrefetchState(CallingNumber) const {}
  virtual void SetDirectory(const std::shared_ptr<const SubjectDirectory>&) {}

  // The state of all subjects that still matter, in the order of their keys.
  virtual void Write(ByteWriter& writer, EventTime newest) = 0;
  // Into an empty tracker; false when the bytes are not what Write() writes. With `recount`, days
  // are counted anew because they begin elsewhere now.
  virtual bool Read(ByteReader& reader, EventTime newest, bool recount) = 0;

  virtual TrackerCounts counts() const = 0;
  const FrequencyRule& rule() const { return frame_.rule; }

 protected:
  virtual void Sweep(EventTime newest) = 0;

  void SweepWhenDue(EventTime newest);
  void Feed(SubjectState& state, const Limits& limits, const Cdr& cdr, EventTime newest,
            std::vector<Detection>& detections);
  // Expires the state; true when it should be freed.
  bool Expire(SubjectState& state, EventTime newest);
  void Add(const SubjectState& state);
  void Subtract(const SubjectState& state);

  const RuleFrame& frame() const { return frame_; }
  const TrackerCounts& totals() const { return totals_; }

 private:
  RuleFrame frame_;
  TrackerCounts totals_;  // subjects and table_bytes are the derived class's business
  std::optional<EventTime> swept_;
};

// directory may be null.
std::unique_ptr<RuleTracker> MakeRuleTracker(RuleFrame frame,
                                             std::shared_ptr<const SubjectDirectory> directory);

}  // namespace ringfence
