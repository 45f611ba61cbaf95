// Small ledgers and whitelists for tests. All numbers are made up.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "whitelist/lists.h"

namespace ringfence {

inline CallingNumber Caller(std::string_view text) {
  return CallingNumber(PhoneNumber::FromString(text).value());
}

// 2026-11-24T00:00:00Z, plus days.
inline EventTime Day(int day) {
  return FromUnixMicros(1'795'478'400'000'000) + std::chrono::hours(24 * day);
}

// A line with everything it needs until day 100.
inline VoiceLine SampleLine(std::string_view id, std::vector<CallingNumber> numbers) {
  VoiceLine line;
  line.id = LineId(id);
  line.numbers = std::move(numbers);
  line.customer = CustomerId("C-1");
  line.customer_name = "测试客户";
  line.purpose = "appointment reminders";
  line.industry = "healthcare";
  line.hours = {8 * 60, 20 * 60};
  line.daily_limit = 500;
  line.qualification = {"Q-1", Day(100)};
  line.contract = {"K-1", Day(100)};
  line.recording_duty = true;
  line.recording_days = 60;
  line.trunks = {TrunkGroupId("TG1")};
  return line;
}

// An entry with everything it needs, from day 0 to day 30.
inline WhitelistEntry SampleEntry(CallingNumber number) {
  return {.number = number,
          .scope = "outbound",
          .reason = "reminders",
          .evidence = "DOC-1",
          .requester = "wang",
          .approver = "li",
          .added = Day(0),
          .expires = Day(30)};
}

// An entry that is only a number.
inline WhitelistEntry BareEntry(CallingNumber number, EventTime added) {
  WhitelistEntry entry;
  entry.number = number;
  entry.added = added;
  return entry;
}

}  // namespace ringfence
