#include "tests/sim/sim_scenario.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace ringfence {
namespace {

constexpr size_t kSources = 3;
constexpr int64_t kSpan = 4 * 3600;

struct Call {
  int64_t place = 0;  // when its source writes it
  std::string record;
};

class Maker {
 public:
  explicit Maker(uint64_t seed) : chance_(seed * 2654435761 + 1) {}

  SimScenario Make() {
    for (int i = 0; i < 24; ++i) AddCaller(i);
    for (std::vector<Call>& calls : calls_) {
      std::stable_sort(calls.begin(), calls.end(),
                       [](const Call& a, const Call& b) { return a.place < b.place; });
      std::vector<std::string>& records = scenario_.sources.emplace_back();
      for (Call& call : calls) records.push_back(std::move(call.record));
      scenario_.expected.read += records.size();
    }
    CountAlerts();
    return std::move(scenario_);
  }

 private:
  void AddCaller(int index) {
    const auto role = static_cast<SimRole>(index % 5);
    SimCaller caller{.number = absl::StrFormat("+8663155500%02d", index), .role = role};
    if (role == SimRole::kForeign) caller.number = absl::StrFormat("+120255501%02d", index);
    caller.in_order = chance_.Below(3) != 0;
    // On the edge: a record more or less shows.
    uint64_t count = kSimThreshold;
    if (role != SimRole::kOrdinary) count += 1 + (chance_.OneIn(3) ? chance_.Below(30) : 0);
    const size_t source = chance_.Below(kSources);
    const auto start = static_cast<int64_t>(chance_.Below(kSpan - kSimWindowSeconds));
    for (uint64_t i = 0; i < count; ++i) {
      const auto in_window = static_cast<int64_t>(chance_.Below(kSimWindowSeconds));
      AddCall(caller, source, kSimStart + start + in_window);
    }
    scenario_.callers.push_back(std::move(caller));
  }

  void AddCall(const SimCaller& caller, size_t source, int64_t setup) {
    if (!caller.in_order) source = chance_.Below(kSources);
    int64_t place = setup;
    if (!caller.in_order) place += static_cast<int64_t>(chance_.Below(600));
    const std::string record =
        absl::StrCat("r", ++made_, ",", caller.number, ",+866315550999,", setup);
    calls_[source].push_back({place, record});
    times_[caller.number].push_back(setup);
    ++scenario_.expected.accepted;
    if (chance_.OneIn(12)) {
      const size_t again = caller.in_order ? source : chance_.Below(kSources);
      calls_[again].push_back({place + static_cast<int64_t>(chance_.Below(300)), record});
      ++scenario_.expected.duplicates;
    }
    if (chance_.OneIn(20)) {
      calls_[source].push_back({place, absl::StrCat("bad", made_, ",nobody,110,1")});
      ++scenario_.expected.rejected;
    }
  }

  void CountAlerts() {
    for (auto& [number, times] : times_) {
      std::sort(times.begin(), times.end());
      for (size_t i = 0; i < times.size(); ++i) {
        const auto first =
            std::upper_bound(times.begin(), times.end(), times[i] - kSimWindowSeconds);
        const auto here = times.begin() + static_cast<ptrdiff_t>(i) + 1;
        const auto count = static_cast<uint32_t>(std::distance(first, here));
        if (count <= kSimThreshold) continue;
        scenario_.expected.alerts[number] = {times[i], count};
        break;
      }
    }
  }

  Chance chance_;
  SimScenario scenario_;
  std::vector<std::vector<Call>> calls_ = std::vector<std::vector<Call>>(kSources);
  std::map<std::string, std::vector<int64_t>> times_;
  uint64_t made_ = 0;
};

}  // namespace

SimScenario MakeScenario(uint64_t seed) { return Maker(seed).Make(); }

}  // namespace ringfence
