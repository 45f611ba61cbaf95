// The city's call records as they would arrive in a file.
#pragma once

#include <cstdint>
#include <queue>
#include <string>
#include <vector>

#include "tools/generate/call.h"
#include "tools/generate/city.h"
#include "tools/generate/rng.h"
#include "tools/generate/row_writer.h"
#include "tools/generate/schedule.h"
#include "tools/generate/truth.h"

namespace ringfence::generate {

// Some rows, as text and as values. `calls` holds the call of every row in the order of the rows;
// rows that must be rejected have none, a duplicate appears again.
struct TrafficBatch {
  std::string csv;  // whole lines, without the header (kCdrHeader)
  std::vector<Call> calls;
  uint64_t rows = 0;
};

struct TrafficTotals {
  uint64_t rows = 0;        // lines written, without the header
  uint64_t calls = 0;       // distinct attempts
  uint64_t duplicates = 0;  // lines that repeat an attempt
  uint64_t bad_rows = 0;    // lines that must be rejected
  uint64_t late_rows = 0;   // lines behind a later one, within the lateness bound
};

// Rows in the order of setup time, but for those that Imperfections puts off. Holds a state of some
// bytes per caller and the rows that are put off, nothing else, however many rows come out. Not
// thread-safe. The city must outlive it.
class TrafficStream {
 public:
  explicit TrafficStream(const City& city);

  // Replaces the content of `batch` (its memory is reused) with the next rows, about `max_rows`;
  // false at the end, then the batch is empty.
  bool Next(size_t max_rows, TrafficBatch& batch);

  const TrafficTotals& totals() const { return totals_; }
  // Complete once Next has returned false.
  std::vector<Label> Labels() const { return truth_.Labels(); }
  const Truth& truth() const { return truth_; }

 private:
  struct PutOff {
    int64_t due;     // written before the first call set up later than this
    uint64_t order;  // among those due at the same time
    Call call;
    friend bool operator>(const PutOff& a, const PutOff& b) {
      return a.due != b.due ? a.due > b.due : a.order > b.order;
    }
  };

  void AddCall(const Call& call, TrafficBatch& batch);
  void Write(const Call& call, TrafficBatch& batch);
  void WriteDue(int64_t now, TrafficBatch& batch);

  const City& city_;
  Schedule schedule_;
  Truth truth_;
  RowWriter writer_;
  TrafficTotals totals_;
  std::priority_queue<PutOff, std::vector<PutOff>, std::greater<>> put_off_;
  uint64_t put_off_order_ = 0;
  int64_t newest_ = -1;
};

}  // namespace ringfence::generate
