// The ledger of voice lines (语音专线号码资源台账): who may call with which number, for what, until
// when.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/model/event_time.h"
#include "ingest/model/ids.h"
#include "ingest/model/phone_number.h"
#include "whitelist/listing.h"

namespace ringfence {

// The part of a day in which a line may call, in minutes since midnight of the carrier's zone.
// Begin inclusive, end exclusive; an end before the begin runs past midnight.
struct CallingHours {
  static constexpr uint16_t kDayMinutes = 24 * 60;

  uint16_t begin = 0;          // 0 to 1439
  uint16_t end = kDayMinutes;  // 1 to 1440

  bool AllDay() const { return begin == 0 && end == kDayMinutes; }
  friend bool operator==(const CallingHours&, const CallingHours&) = default;
};

// A paper that must be valid while the line calls: a qualification or a contract.
struct Credential {
  std::string reference;             // its number; may be empty
  std::optional<EventTime> expires;  // valid before, not at, this instant; none: not known

  bool ValidAt(EventTime now) const { return expires.has_value() && now < *expires; }
  friend bool operator==(const Credential&, const Credential&) = default;
};

// The shortest time that recordings must be kept where the duty applies (two months).
inline constexpr uint32_t kMinRecordingDays = 60;

struct VoiceLine {
  LineId id;                           // never empty
  std::vector<CallingNumber> numbers;  // sorted, each once; ranges are expanded when read
  CustomerId customer;                 // never empty
  std::string customer_name;
  std::string purpose;   // as declared: "appointment reminders"
  std::string industry;  // "loan", "property", "shares", "healthcare", …; may be empty
  LineClass line_class = LineClass::kOrdinary;
  CallingHours hours;
  std::optional<uint32_t> daily_limit;  // calls in any 24 h, of all its numbers together
  Credential qualification;
  Credential contract;
  bool recording_duty = false;
  uint32_t recording_days = 0;       // how long recordings are kept; 0: not at all, or not known
  std::vector<TrunkGroupId> trunks;  // sorted, each once; empty: not declared
  LineStatus status = LineStatus::kActive;

  LineOwner Owner() const { return {id, customer, line_class, status, industry}; }
  friend bool operator==(const VoiceLine&, const VoiceLine&) = default;
};

// "08:00-20:30", "00:00-24:00", "22:00-06:00".
std::string FormatCallingHours(const CallingHours& hours);
absl::StatusOr<CallingHours> ParseCallingHours(std::string_view text);

// InvalidArgument says which field can't be kept: no id, customer or number (a closed line may have
// no numbers), numbers or trunks that are not sorted or appear twice, hours out of range, text that
// holds control characters, starts or ends with a blank, is no UTF-8 or is too long.
absl::Status CheckLine(const VoiceLine& line);

// The rule for text that ledger and whitelist share; `field` is named in the message.
absl::Status CheckText(std::string_view field, std::string_view text);

}  // namespace ringfence
