// What a correct system finds in the generated calls, counted exactly while they are made.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "tools/generate/call.h"
#include "tools/generate/city.h"

namespace ringfence::generate {

// What is due to a number, with complete lists and rules that enforce.
enum class Treatment : uint8_t {
  kNone,     // no rule fired
  kReport,   // a rule fired, people are told and the machine leaves the number alone: it is
             // whitelisted or protected, or only its line's total was too high
  kSuspend,  // above the threshold, a number of a ledger line
  kBlock,    // above the threshold, any other number
};
std::string_view TreatmentName(Treatment treatment);  // "none", "report", "suspend", "block"

// The truth about one calling number.
struct Label {
  PhoneNumber number;
  Role role = Role::kSubscriber;
  bool nuisance = false;
  bool flagged = false;                 // more than the threshold in a window: rule line-frequency
  std::optional<EventTime> flagged_at;  // setup of the first call for which that held
  bool line_flagged = false;  // its line's total was above the line's declared limit in 24 hours
  Industry industry = Industry::kNone;
  Treatment treatment = Treatment::kNone;
  uint32_t line = kNoLine;  // index into City::lines()
  uint64_t calls = 0;       // distinct attempts
};

// Counts the calls of one subject by the definition in DESIGN.md: at a call at t, those with a
// setup in (t - window, t].
class WindowCount {
 public:
  // True when the call makes it more than `limit` calls. Times must not decrease.
  bool Add(int64_t setup, int64_t window, uint32_t limit) {
    setups_.push_back(setup);
    while (setups_.front() <= setup - window) setups_.pop_front();
    return setups_.size() > limit;
  }

 private:
  std::deque<int64_t> setups_;
};

// Takes all calls of a city in order. The city must outlive it.
class Truth {
 public:
  explicit Truth(const City& city);

  void Add(const Call& call);
  // One per caller, in the order of City::callers(); the truth about the calls added so far.
  std::vector<Label> Labels() const;
  // Lines whose total was above their limit, by index.
  const std::vector<bool>& lines_flagged() const { return lines_flagged_; }

 private:
  static constexpr uint32_t kNotCounted = UINT32_MAX;

  const City& city_;
  int64_t window_;  // milliseconds, rounded up: setups have whole milliseconds
  std::vector<uint64_t> calls_;
  std::vector<uint32_t> count_of_;  // index into counts_; callers that can't reach it have none
  std::vector<WindowCount> counts_;
  std::vector<std::optional<int64_t>> flagged_at_;  // as counts_
  std::vector<WindowCount> line_counts_;
  std::vector<bool> lines_flagged_;
};

}  // namespace ringfence::generate
