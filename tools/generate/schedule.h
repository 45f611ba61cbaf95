// All calls of the city, in order of time, from constant memory per caller.
#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "tools/generate/call.h"
#include "tools/generate/city.h"

namespace ringfence::generate {

// A calendar queue: every caller waits in the minute of its next call; the callers of the current
// minute are in a heap. Not thread-safe. The city must outlive it.
class Schedule {
 public:
  explicit Schedule(const City& city);

  // The next call, by setup time, then by caller; false when the run is over. The setup times of
  // one caller strictly increase.
  bool Next(Call& call);

 private:
  struct Plan {  // of one caller
    uint32_t day = 0;
    uint32_t made = 0;   // calls of that day
    uint32_t calls = 0;  // of that day in all
  };
  struct Waiting {
    int64_t setup;
    uint32_t caller;
    friend bool operator>(const Waiting& a, const Waiting& b) {
      return a.setup != b.setup ? a.setup > b.setup : a.caller > b.caller;
    }
  };

  // Puts the caller's next call into the queue, if there is one.
  void Enqueue(uint32_t caller, int64_t not_before);
  bool FillNow();

  const City& city_;
  std::vector<Plan> plans_;
  std::vector<std::vector<Waiting>> minutes_;
  size_t minute_ = 0;  // index of the minute after the one in now_
  std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> now_;
  uint64_t sequence_ = 0;
};

}  // namespace ringfence::generate
