// service_sim [--seeds N] [--first SEED]: simulates so many seeds, some of them twice.
// The last line is 'N passed, M failed'.
#include <cstdlib>
#include <iostream>
#include <string>

#include "absl/strings/numbers.h"
#include "tests/sim/sim_world.h"

namespace ringfence {
namespace {

constexpr uint64_t kTwiceEvery = 10;  // seeds: the same must happen again

struct Totals {
  uint64_t passed = 0;
  uint64_t failed = 0;
  uint64_t crashes = 0;
  uint64_t power_cuts = 0;
  uint64_t disk_faults = 0;
  uint64_t records = 0;
};

void RunSeed(uint64_t seed, Totals& totals) {
  SimOutcome outcome = Simulate(seed);
  if (seed % kTwiceEvery == 0 && Simulate(seed).trace != outcome.trace) {
    outcome.complaints.push_back("not the same when it is run again");
  }
  totals.crashes += outcome.crashes;
  totals.power_cuts += outcome.power_cuts;
  totals.disk_faults += outcome.disk_faults;
  totals.records += outcome.records;
  ++(outcome.complaints.empty() ? totals.passed : totals.failed);
  for (const std::string& complaint : outcome.complaints) {
    std::cout << "seed " << seed << ": " << complaint << "\n";
  }
}

int Main(int count, char** words) {
  uint64_t seeds = 1000;
  uint64_t first = 1;
  for (int i = 1; i < count; i += 2) {
    const std::string word = words[i];
    uint64_t* value = word == "--seeds" ? &seeds : word == "--first" ? &first : nullptr;
    if (value == nullptr || i + 1 == count || !absl::SimpleAtoi(words[i + 1], value)) {
      std::cerr << "usage: service_sim [--seeds N] [--first SEED]\n";
      return 2;
    }
  }
  Totals totals;
  for (uint64_t seed = first; seed < first + seeds; ++seed) RunSeed(seed, totals);
  std::cout << "seeds " << first << " to " << first + seeds - 1 << ": " << totals.records
            << " records, " << totals.crashes << " kills, " << totals.power_cuts << " power cuts, "
            << totals.disk_faults << " disk faults\n";
  std::cout << totals.passed << " passed, " << totals.failed << " failed\n";
  return totals.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace ringfence

int main(int count, char** words) { return ringfence::Main(count, words); }
