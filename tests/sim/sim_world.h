// One seed: a scenario is sent through a service that everything happens to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ringfence {

struct SimOutcome {
  std::vector<std::string> complaints;  // what must never happen, and did
  uint64_t trace = 0;                   // hash of everything that happened, in its order
  uint64_t crashes = 0;
  uint64_t power_cuts = 0;
  uint64_t disk_faults = 0;
  uint64_t records = 0;
};

// The same seed gives the same outcome.
SimOutcome Simulate(uint64_t seed);

}  // namespace ringfence
