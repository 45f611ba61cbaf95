// What the blocker's tests put in place of lists and receivers, and a few values to start from.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "blocker/action_sink.h"
#include "blocker/event_log.h"
#include "detector/model/detection.h"
#include "whitelist/whitelist.h"

namespace ringfence {

inline constexpr EventTime kNoon = FromUnixMicros(1'795'492'800'000'000);  // 2026-11-24 04:00 UTC

inline CallingNumber Caller(std::string_view text) {
  return CallingNumber(PhoneNumber::FromString(text).value());
}
inline const CallingNumber kCaller = Caller("+866315550001");

// An alert of line-frequency that opened: 301 calls.
inline Detection AlertOf(CallingNumber number, EventTime at = kNoon - std::chrono::minutes(1)) {
  Detection detection;
  detection.rule = RuleId("line-frequency");
  detection.rule_version = 1;
  detection.subject = {SubjectKind::kNumber, number, {}};
  detection.count = 301;
  detection.threshold = 300;
  detection.window = std::chrono::hours(24);
  detection.at = at;
  detection.first_call = at - std::chrono::hours(3);
  detection.day_count = 280;
  detection.number = number;
  detection.samples = {RecordId("c-299"), RecordId("c-300"), RecordId("c-301")};
  return detection;
}

// An alert of called-flood that opened: 31 calls of two numbers in a minute.
inline Detection FloodOf(CalledNumber called, EventTime at = kNoon - std::chrono::minutes(1)) {
  Detection detection;
  detection.rule = RuleId("called-flood");
  detection.rule_version = 1;
  detection.subject = {SubjectKind::kCalled, {}, {}, called};
  detection.count = 31;
  detection.threshold = 30;
  detection.window = std::chrono::minutes(1);
  detection.at = at;
  detection.first_call = at - std::chrono::seconds(50);
  detection.number = kCaller;
  detection.flood =
      FloodFacts{FloodFacts::Measure::kCalls, 31, 2, {{kCaller, 30}, {Caller("+12125550101"), 1}}};
  return detection;
}

inline Listing ListingOf(CallingNumber number, EventTime now = kNoon) {
  Listing listing;
  listing.number = number;
  listing.list = {7, 42, "d16e57"};
  listing.read_at = now;
  return listing;
}

inline Listing LineListing(CallingNumber number, EventTime now = kNoon) {
  Listing listing = ListingOf(number, now);
  listing.owner = LineOwner{LineId("LINE-1"), CustomerId("C-1"), LineClass::kOrdinary,
                            LineStatus::kActive, "loan"};
  return listing;
}

// A Whitelist in memory that can be made to fail in every way in which a real one can.
class FakeWhitelist final : public Whitelist {
 public:
  enum class Fault {
    kNone,
    kUnavailable,  // no answer
    kShrunken,     // DataLoss, as a list that lost entries ends
    kStale,        // answers that are a minute old
    kPartial,      // fewer answers than numbers
    kOthers,       // answers for other numbers
    kNoManifest,   // answers that name no version
  };

  absl::StatusOr<std::vector<Listing>> Lookup(absl::Span<const CallingNumber> numbers,
                                              EventTime now) override {
    ++lookups;
    if (meanwhile) std::exchange(meanwhile, nullptr)();
    if (fault == Fault::kUnavailable) return absl::UnavailableError("redis: no answer in 500 ms");
    if (fault == Fault::kShrunken) return absl::DataLossError("redis: 3 of 42 entries");
    std::vector<Listing> answers;
    for (const CallingNumber number : numbers) answers.push_back(Answer(number, now));
    if (fault == Fault::kPartial && !answers.empty()) answers.pop_back();
    return answers;
  }

  std::map<CallingNumber, Listing> entries;  // what is not here is not listed and foreign
  Fault fault = Fault::kNone;
  int lookups = 0;
  std::function<void()> meanwhile;  // what others do while it is asked the next time

 private:
  Listing Answer(CallingNumber number, EventTime now) const {
    const auto found = entries.find(number);
    Listing listing = found == entries.end() ? ListingOf(number) : found->second;
    listing.read_at = fault == Fault::kStale ? now - std::chrono::minutes(1) : now;
    if (fault == Fault::kOthers) listing.number = Caller("+8613800000999");
    if (fault == Fault::kNoManifest) listing.list = {};
    return listing;
  }
};

// A receiver that counts what takes effect: the same action twice is one effect.
class FakeSink final : public ActionSink {
 public:
  absl::Status Dispatch(const ActionRecord& action) override {
    ++calls;
    if (meanwhile) std::exchange(meanwhile, nullptr)();
    if (const auto own = refuse_number.find(action.number); own != refuse_number.end()) {
      return own->second;
    }
    if (!refuse.ok()) return refuse;
    if (effects.insert(action.id.value()).second) ++effective;
    numbers.insert(action.number);
    in_force[action.number] = action.id.value();
    return lose_answers ? absl::DeadlineExceededError("no answer") : absl::OkStatus();
  }

  absl::Status Restore(const ActionRecord& action) override {
    ++restores;
    if (meanwhile) std::exchange(meanwhile, nullptr)();
    if (!refuse_restore.ok()) return refuse_restore;
    const auto found = in_force.find(action.number);
    if (found != in_force.end() && found->second == action.id.value()) in_force.erase(found);
    return absl::OkStatus();
  }

  absl::Status refuse;
  absl::Status refuse_restore;
  std::map<CallingNumber, absl::Status> refuse_number;
  std::function<void()> meanwhile;  // what others do while it is called the next time
  bool lose_answers = false;        // it takes effect, and the answer is lost
  int calls = 0;
  int effective = 0;
  int restores = 0;
  std::set<CallingNumber> numbers;  // that were ever acted on
  std::map<CallingNumber, std::string> in_force;

 private:
  std::set<std::string> effects;
};

class FakeFeed final : public ActionFeed {
 public:
  absl::Status Append(absl::Span<const Event> events) override {
    if (!status.ok()) return status;
    for (const Event& event : events) {
      seqs.push_back(event.seq);
      bodies.push_back(event.body);
    }
    return absl::OkStatus();
  }

  // Lines that hold `text`.
  int Count(std::string_view text) const {
    int count = 0;
    for (const std::string& body : bodies) count += body.find(text) != std::string::npos ? 1 : 0;
    return count;
  }

  absl::Status status;
  std::vector<int64_t> seqs;
  std::vector<std::string> bodies;
};

}  // namespace ringfence
