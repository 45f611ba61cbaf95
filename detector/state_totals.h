// What the states of a tracker hold, added up while they change, so that reading it is cheap.
#pragma once

#include <cstddef>

#include "detector/subject_state.h"

namespace ringfence {

struct StateTotals {
  size_t retained_times = 0;
  size_t heap_bytes = 0;
  size_t open_warnings = 0;
  size_t open_alerts = 0;

  void Add(const SubjectState& state) {
    retained_times += state.retained_times();
    heap_bytes += state.HeapBytes();
    open_warnings += state.open(Level::kWarning);
    open_alerts += state.open(Level::kAlert);
  }
  void Subtract(const SubjectState& state) {
    retained_times -= state.retained_times();
    heap_bytes -= state.HeapBytes();
    open_warnings -= state.open(Level::kWarning);
    open_alerts -= state.open(Level::kAlert);
  }
};

// The same of a tracker, with its subjects and their tables.
struct TrackerCounts : StateTotals {
  size_t subjects = 0;
  size_t table_bytes = 0;
};

}  // namespace ringfence
