// A rule that counts the calls of every number.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "detector/rule_tracker.h"

namespace ringfence {

class NumberTracker final : public RuleTracker {
 public:
  explicit NumberTracker(RuleFrame frame);

  void Consume(const Cdr& cdr, const SubjectDirectory::Membership* member, EventTime newest,
               std::vector<Detection>& detections) override;
  void Prefetch(CallingNumber number) const override { states_.prefetch(number.number().packed()); }
  void Write(ByteWriter& writer, EventTime newest) override;
  bool Read(ByteReader& reader, EventTime newest, bool recount) override;
  TrackerCounts counts() const override;

 private:
  void Sweep(EventTime newest) override;

  Limits limits_;
  absl::flat_hash_map<uint64_t, SubjectState> states_;  // by PhoneNumber::packed()
};

}  // namespace ringfence
