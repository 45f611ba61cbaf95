// A rule that counts the calls of every number.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "detector/rule_tracker.h"
#include "ingest/model/huge_pages.h"

namespace ringfence {

class NumberTracker final : public RuleTracker {
 public:
  explicit NumberTracker(RuleFrame frame);

  void Consume(const Cdr& cdr, const SubjectDirectory::Membership* member, EventTime newest,
               std::vector<Detection>& detections) override;
  void PrefetchSlot(CallingNumber number) const override {
    states_.prefetch(number.number().packed());
  }
  void PrefetchState(CallingNumber number) const override {
    const auto found = states_.find(number.number().packed());
    if (found != states_.end()) found->second.Prefetch();
  }
  void Write(ByteWriter& writer, EventTime newest) override;
  bool Read(ByteReader& reader, EventTime newest, bool recount) override;
  TrackerCounts counts() const override;

 private:
  void Sweep(EventTime newest) override;

  Limits limits_;
  using States =
      absl::flat_hash_map<uint64_t, SubjectState, absl::Hash<uint64_t>, std::equal_to<uint64_t>,
                          HugePageAllocator<std::pair<const uint64_t, SubjectState>>>;

  States states_;  // by PhoneNumber::packed()
};

}  // namespace ringfence
