// The features of one subject, in the simplest form: all its calls, looked through when asked.
#pragma once

#include <optional>
#include <vector>

#include "detector/model/call_features.h"
#include "detector/model/rules.h"
#include "ingest/model/cdr.h"

namespace ringfence::reference {

class Features {
 public:
  // A call that was accepted, and whether it is half way to a limit of any rule.
  void Count(Duration retention, EventTime newest, const Cdr& cdr, bool half_way);
  // As of a detection; the day is for numbers alone.
  CallFeatures Describe(const DetectorOptions& options, Duration retention, EventTime at,
                        Duration window, bool with_day) const;

 private:
  void DescribeDay(const DetectorOptions& options, EventTime at, CallFeatures& features) const;

  std::vector<Cdr> all_;
  std::vector<Cdr> counted_;           // since it began, in order of arrival
  std::optional<EventTime> half_way_;  // the newest such call; none: nothing is counted
};

}  // namespace ringfence::reference
