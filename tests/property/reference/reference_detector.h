// The detector in its simplest layout: every rule keeps, for every subject, a sorted vector of the
// setup times, two episodes and the latest record ids; every subject all its calls, for its
// features. What the tuned layout finds must be the same, to the last byte of every detection.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "detector/model/detection.h"
#include "detector/model/rules.h"
#include "detector/model/subject.h"
#include "ingest/model/cdr.h"
#include "tests/property/reference/reference_features.h"
#include "tests/property/reference/reference_state.h"

namespace ringfence::reference {

class Detector {
 public:
  Detector(DetectorOptions options, std::shared_ptr<const SubjectDirectory> directory)
      : options_(std::move(options)), directory_(std::move(directory)), states_(RuleCount()) {}

  void Consume(const std::vector<Cdr>& batch, std::vector<Detection>& detections,
               std::vector<size_t>& late);
  // Other thresholds for the same rules, from the next call on.
  void SetOptions(DetectorOptions options) { options_ = std::move(options); }
  void SetDirectory(std::shared_ptr<const SubjectDirectory> directory) {
    directory_ = std::move(directory);
  }

 private:
  // Whom a rule counts a call for, with which limit.
  struct Judged {
    size_t rule = 0;
    Subject subject;
    Frame frame;
  };
  // Rules for numbers share the features of a number; each of the others has its own.
  using FeaturesOf = std::pair<RuleId, Subject>;

  size_t RuleCount() const { return options_.rules.size(); }
  std::optional<Judged> JudgedBy(size_t rule, const Cdr& cdr) const;
  FeaturesOf FeaturesKey(const Judged& judged) const;
  Duration RetentionOf(const Judged& judged) const;
  void CountFeatures(const std::vector<Judged>& all, const Cdr& cdr);

  DetectorOptions options_;
  std::shared_ptr<const SubjectDirectory> directory_;
  std::vector<std::map<Subject, State>> states_;  // by rule
  std::map<FeaturesOf, Features> features_;
  std::optional<EventTime> newest_;
};

}  // namespace ringfence::reference
