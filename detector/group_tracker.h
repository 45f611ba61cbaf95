// A rule that counts the calls of all numbers of a voice line, or of a customer, together.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "detector/model/rule_set.h"
#include "detector/model/subject.h"
#include "detector/routed_call.h"
#include "detector/state_totals.h"
#include "detector/subject_state.h"
#include "ingest/model/bytes.h"

namespace ringfence {

// Groups are kept by name: their indices change with the directory. A group without a declared
// limit is not counted. Groups that can't matter any more are freed by a sweep over all of them,
// each time that the newest setup time has moved on by a sixteenth of the retention, or of a day if
// that is longer.
//
// Not thread-safe.
class GroupTracker {
 public:
  // set has one rule. directory may be null.
  GroupTracker(RuleSet set, std::shared_ptr<const SubjectDirectory> directory);

  // Counts and judges records in their order.
  void Consume(absl::Span<const MemberCall> calls, std::vector<Found>& found);
  // To be called often.
  void SweepWhenDue(EventTime newest);
  void SetDirectory(const std::shared_ptr<const SubjectDirectory>& directory);

  // The state of all groups that still matter, in the order of their names.
  void Write(ByteWriter& writer, EventTime newest);
  // What a snapshot was written with.
  struct Written {
    bool with_episodes = true;  // which go on
    bool recount = false;       // days began elsewhere: they are counted anew
    bool features = false;
  };
  // Into an empty tracker; false when the bytes are not what Write() writes.
  bool Read(ByteReader& reader, EventTime newest, const Written& written);

  TrackerCounts counts() const;
  const FrequencyRule& rule() const { return set_.rules[0]; }

 private:
  void Count(const MemberCall& call, std::vector<Found>& found);
  void Sweep(EventTime newest);
  // Finds the states of the directory's groups again.
  void Bind();

  RuleSet set_;
  std::shared_ptr<const SubjectDirectory> directory_;
  std::map<std::string, SubjectState> states_;
  std::vector<SubjectState*> bound_;  // by index in the directory; null: no state yet
  StateTotals totals_;
  std::optional<EventTime> swept_;
};

}  // namespace ringfence
