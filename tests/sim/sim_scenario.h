// What the senders of a simulation send, and what must come of it, counted by brute force.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/chance.h"

namespace ringfence {

inline constexpr uint32_t kSimThreshold = 5;
inline constexpr int64_t kSimWindowSeconds = 3600;
inline constexpr int64_t kSimStart = 1'795'492'800;  // 2026-11-24 04:00 UTC

enum class SimRole { kLine, kForeign, kListed, kHospital, kOrdinary };

struct SimCaller {
  std::string number;  // as it is printed
  SimRole role = SimRole::kOrdinary;
  bool in_order = true;  // all calls from one source, in order of time

  bool MayBeStopped() const { return role == SimRole::kLine || role == SimRole::kForeign; }
};

struct SimAlert {
  int64_t at = 0;  // seconds
  uint32_t count = 0;
};

struct SimExpected {
  uint64_t read = 0;
  uint64_t accepted = 0;
  uint64_t duplicates = 0;
  uint64_t rejected = 0;
  std::map<std::string, SimAlert> alerts;  // number → its first alert in order of time
};

struct SimScenario {
  std::vector<SimCaller> callers;
  std::vector<std::vector<std::string>> sources;  // records of each, without line ends
  SimExpected expected;
};

// The same seed gives the same scenario.
SimScenario MakeScenario(uint64_t seed);

}  // namespace ringfence
