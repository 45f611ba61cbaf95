// The detector in its simplest layout: every rule keeps, for every subject, a sorted vector of the
// setup times, two episodes and the latest record ids. What the tuned layout finds must be the
// same, to the last byte of every detection.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "detector/detection.h"
#include "detector/rules.h"
#include "detector/subject.h"
#include "ingest/model/cdr.h"
#include "tests/property/reference/reference_state.h"

namespace ringfence::reference {

class Detector {
 public:
  Detector(DetectorOptions options, std::shared_ptr<const SubjectDirectory> directory)
      : options_(std::move(options)), directory_(std::move(directory)), states_(RuleCount()) {}

  void Consume(const std::vector<Cdr>& batch, std::vector<Detection>& detections,
               std::vector<size_t>& late);
  void SetDirectory(std::shared_ptr<const SubjectDirectory> directory) {
    directory_ = std::move(directory);
  }

 private:
  size_t RuleCount() const { return options_.rules.size(); }
  void Judge(size_t index, const Cdr& cdr, std::vector<Detection>& detections);

  DetectorOptions options_;
  std::shared_ptr<const SubjectDirectory> directory_;
  std::vector<std::map<Subject, State>> states_;  // by rule
  std::optional<EventTime> newest_;
};

}  // namespace ringfence::reference
