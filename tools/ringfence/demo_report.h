// What `ringfence demo` shows when the service is done.
#pragma once

#include <iosfwd>
#include <vector>

#include "absl/time/time.h"
#include "blocker/action.h"
#include "blocker/work_order.h"
#include "tools/generate/truth.h"

namespace ringfence {

struct DemoOutcome {
  std::vector<ActionRecord> actions;    // as the journal lists them: newest first
  std::vector<WorkOrder> orders;        // most urgent first
  std::vector<generate::Label> labels;  // empty: the truth is not known
};

// Who was flagged and what was done, then the lines and customers over their declared limit.
void PrintFlagged(const DemoOutcome& outcome, const absl::TimeZone& zone, size_t width,
                  std::ostream& out);
void PrintOrders(const DemoOutcome& outcome, const absl::TimeZone& zone, size_t width,
                 std::ostream& out);
// Precision and recall, and what was done against what was due. Nothing without labels.
void PrintTruth(const DemoOutcome& outcome, std::ostream& out);

}  // namespace ringfence
