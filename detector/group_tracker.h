// A rule that counts the calls of all numbers of a voice line, or of a customer, together.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "detector/rule_tracker.h"

namespace ringfence {

// Groups are kept by name: their indices change with the directory. A group without a declared
// limit is not counted.
class GroupTracker final : public RuleTracker {
 public:
  // directory may be null.
  GroupTracker(RuleFrame frame, std::shared_ptr<const SubjectDirectory> directory);

  void Consume(const Cdr& cdr, const SubjectDirectory::Membership* member, EventTime newest,
               std::vector<Detection>& detections) override;
  void SetDirectory(const std::shared_ptr<const SubjectDirectory>& directory) override;
  void Write(ByteWriter& writer, EventTime newest) override;
  bool Read(ByteReader& reader, EventTime newest, bool recount) override;
  TrackerCounts counts() const override;

 private:
  void Sweep(EventTime newest) override;
  // Finds the states of the directory's groups again.
  void Bind();

  std::shared_ptr<const SubjectDirectory> directory_;
  std::map<std::string, SubjectState> states_;
  std::vector<SubjectState*> bound_;  // by index in the directory; null: no state yet
};

}  // namespace ringfence
