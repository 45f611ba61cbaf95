// A made-up small city: its numbers, voice lines and approvals. Same options and version of
// ringfence, same city, on every machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ingest/model/event_time.h"
#include "ingest/model/phone_number.h"
#include "tools/generate/role.h"

namespace ringfence::generate {

// What real files suffer from, each with known truth. Rates are per million rows; 0 is none.
struct Imperfections {
  uint32_t duplicates = 0;  // rows written a second time, same record id and fields
  uint32_t disorder = 0;    // rows written late, less than `lateness` behind the newest
  Duration lateness = std::chrono::minutes(30);
  uint32_t mixed_forms = 0;  // numbers in another usual form (0086…, 0631…, sip:…)
  uint32_t missing_ids = 0;  // rows without a record id: the five fields identify them
  uint32_t bad_rows = 0;     // rows added that no reader can use
};

struct CityOptions {
  uint64_t seed = 1;
  std::chrono::year_month_day start{std::chrono::year(2026), std::chrono::month(3),
                                    std::chrono::day(3)};   // a Tuesday
  std::chrono::minutes utc_offset = std::chrono::hours(8);  // of the city's clocks and of the files
  uint32_t days = 1;                                        // 1 to 366, from local midnight
  uint32_t subscribers = 5'000;                             // ordinary ones
  // Not 0: as many subscribers as it takes for this many rows in all, `subscribers` is ignored.
  uint64_t target_rows = 0;
  Imperfections imperfections;
  // The truth about "more than threshold calls in window" is counted for these.
  uint32_t threshold = 300;
  Duration window = std::chrono::hours(24);
};

inline constexpr uint32_t kNoLine = UINT32_MAX;

// One calling number.
struct Caller {
  PhoneNumber number;
  uint32_t line = kNoLine;  // index into City::lines()
  uint32_t calls_low = 0;   // a day, inclusive; for subscribers: their mean
  uint32_t calls_high = 0;  // a day, inclusive
  int32_t window_from = 0;  // DayShape::kWindow: milliseconds after local midnight, inclusive
  int32_t window_to = 0;    // exclusive; may lie in the next day
  int32_t only_day = -1;    // not negative: the only day on which it calls
  uint16_t trunk = 0;       // first of its trunks, index into City::trunks()
  uint8_t trunk_count = 1;
  Role role = Role::kSubscriber;
  Industry industry = Industry::kNone;
  bool whitelisted = false;  // by an entry that stands on every day of the run
};

struct Line {
  std::string id;           // "WH-0001"
  std::string customer_id;  // "C-0001"; a customer may own several lines
  std::string customer_name;
  std::string purpose;
  std::string industry;
  std::string line_class;  // as the ledger writes it: "ordinary", "hospital", …
  std::string hours;       // "09:00-18:00"
  uint32_t daily_limit = 0;
  std::string qualification;
  std::string contract;
  bool qualification_expired = false;
  uint32_t first_caller = 0;  // its numbers are consecutive callers
  uint32_t numbers = 0;
  uint16_t trunk = 0;
  uint8_t trunk_count = 1;
};

struct WhitelistRow {
  uint32_t caller = 0;
  std::string reason;
  std::string evidence;
  bool expired = false;
};

class City {
 public:
  // InvalidArgument says which option is out of range, and for target_rows the smallest city.
  static absl::StatusOr<City> Build(const CityOptions& options);

  const CityOptions& options() const { return options_; }
  const std::vector<Caller>& callers() const { return callers_; }
  const std::vector<Line>& lines() const { return lines_; }
  const std::vector<std::string>& trunks() const { return trunks_; }
  const std::vector<WhitelistRow>& whitelist() const { return whitelist_; }
  uint32_t mobiles() const { return mobiles_; }  // MobileDigits(i) exists for i below
  uint32_t victim() const { return victim_; }    // index into callers()
  uint64_t planned_calls() const { return planned_calls_; }

  // Attempts that a caller makes on a day (0 to days - 1); a pure function.
  uint32_t CallsOn(uint32_t caller, uint32_t day) const;
  // Milliseconds after the run's first midnight of the k-th of n attempts of that day.
  int64_t SetupMillis(uint32_t caller, uint32_t day, uint32_t k, uint32_t n) const;
  // The key of everything random about a caller.
  uint64_t KeyOf(uint32_t caller) const;

  EventTime start() const { return start_; }  // local midnight of the first day
  EventTime TimeAt(int64_t millis) const { return start_ + std::chrono::milliseconds(millis); }

 private:
  friend class CityBuilder;
  explicit City(const CityOptions& options);

  CityOptions options_;
  EventTime start_;
  uint32_t first_weekday_ = 0;  // ISO, Monday is 1
  std::vector<Caller> callers_;
  std::vector<Line> lines_;
  std::vector<std::string> trunks_;
  std::vector<WhitelistRow> whitelist_;
  uint32_t mobiles_ = 0;
  uint32_t victim_ = 0;
  uint64_t planned_calls_ = 0;
};

}  // namespace ringfence::generate
