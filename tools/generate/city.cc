#include "tools/generate/city.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"
#include "tools/generate/city_builder.h"
#include "tools/generate/day_shape.h"
#include "tools/generate/rng.h"

namespace ringfence::generate {
namespace {

// Keeps the numbers of the different questions asked about one caller apart.
enum Purpose : uint64_t { kCount = 1, kTime = 2 };

absl::Status CheckRates(const Imperfections& imperfections) {
  constexpr uint32_t kMost = 500'000;
  for (uint32_t rate : {imperfections.duplicates, imperfections.disorder, imperfections.missing_ids,
                        imperfections.bad_rows}) {
    if (rate > kMost) {
      return absl::InvalidArgumentError("a rate of imperfections is above one row in two");
    }
  }
  if (imperfections.mixed_forms > 1'000'000) {
    return absl::InvalidArgumentError("the rate of mixed number forms is above 1");
  }
  if (imperfections.lateness <= Duration::zero()) {
    return absl::InvalidArgumentError("the lateness bound must be above 0");
  }
  return absl::OkStatus();
}

absl::Status Check(const CityOptions& options) {
  if (!options.start.ok()) return absl::InvalidArgumentError("the start is not a calendar day");
  if (options.days < 1 || options.days > 366) {
    return absl::InvalidArgumentError(absl::StrCat("days is ", options.days, "; 1 to 366"));
  }
  if (options.target_rows == 0 &&
      (options.subscribers < kFewestSubscribers || options.subscribers > kMostSubscribers)) {
    return absl::InvalidArgumentError(absl::StrCat("subscribers is ", options.subscribers, "; ",
                                                   kFewestSubscribers, " to ", kMostSubscribers));
  }
  if (options.threshold < 1) return absl::InvalidArgumentError("the threshold must be above 0");
  if (options.window < std::chrono::milliseconds(1)) {
    return absl::InvalidArgumentError("the window must be at least a millisecond");
  }
  return CheckRates(options.imperfections);
}

}  // namespace

City::City(const CityOptions& options)
    : options_(options),
      start_(std::chrono::sys_days(options.start) - options.utc_offset),
      first_weekday_(std::chrono::weekday(std::chrono::sys_days(options.start)).iso_encoding()) {}

absl::StatusOr<City> City::Build(const CityOptions& options) {
  RF_RETURN_IF_ERROR(Check(options));
  return CityBuilder(City(options)).Build();
}

uint64_t City::KeyOf(uint32_t caller) const {
  return Combine(options_.seed, callers_[caller].number.packed());
}

uint32_t City::CallsOn(uint32_t caller, uint32_t day) const {
  const Caller& who = callers_[caller];
  if (who.only_day >= 0 && static_cast<uint32_t>(who.only_day) != day) return 0;
  if (who.role == Role::kNightTelemarketer && (day % 2 == 1 || day + 1 >= options_.days)) return 0;
  Rng rng(Combine(Combine(KeyOf(caller), kCount), day));
  if (BehaviourOf(who.role).dialling == Dialling::kContacts && who.role != Role::kOffice) {
    return std::min(rng.Exponential(who.calls_low), who.calls_high);
  }
  const uint32_t calls = rng.Between(who.calls_low, who.calls_high);
  const bool weekend = (first_weekday_ + day - 1) % 7 >= 5;
  return weekend ? calls * BehaviourOf(who.role).weekend_percent / 100 : calls;
}

int64_t City::SetupMillis(uint32_t caller, uint32_t day, uint32_t k, uint32_t n) const {
  const Caller& who = callers_[caller];
  // The day is cut into n parts that hold an equal share of its calls, with one call in each: the
  // exact number of calls, in order, without remembering any. Below the threshold the part of the
  // day is the same every day, so that every window of 24 hours holds exactly n.
  const uint64_t day_key = who.role == Role::kBelowThreshold ? 0 : day + 1;
  const uint64_t jitter = Combine(Combine(Combine(KeyOf(caller), kTime), day_key), k) >> 32;
  const auto position = static_cast<uint32_t>(((uint64_t{k} << 32) + jitter) / n);
  const int64_t midnight = static_cast<int64_t>(day) * kDayMillis;
  const DayShape shape = BehaviourOf(who.role).shape;
  if (shape != DayShape::kWindow) return midnight + TimeOfDay(shape, position);
  const auto length = static_cast<uint64_t>(who.window_to - who.window_from);
  return midnight + who.window_from + static_cast<int64_t>((length * position) >> 32);
}

}  // namespace ringfence::generate
