#include "ingest/model/time_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/parse_words.h"
#include "ingest/model/status_macros.h"

namespace ringfence {

// A calendar time as written. `offset` is none for a local time.
struct TimeReader::Fields {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int micros = 0;
  std::optional<int> offset_seconds;
};

namespace {

constexpr int64_t kSecondsPerDay = 86400;
constexpr int64_t kSecondsPerHour = 3600;
constexpr int64_t kMicrosPerSecond = 1000000;

std::string_view TrimSpaces(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Takes `min` to `max` digits from the front.
bool TakeNumber(std::string_view& text, size_t min, size_t max, int& value) {
  size_t count = 0;
  value = 0;
  while (count < text.size() && count < max && IsDigit(text[count])) {
    value = value * 10 + (text[count] - '0');
    ++count;
  }
  text.remove_prefix(count);
  return count >= min;
}

bool TakeChar(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// The digits after the decimal point, in microseconds; what is finer is cut.
bool TakeFraction(std::string_view& text, int& micros) {
  size_t count = 0;
  int value = 0;
  for (; count < text.size() && IsDigit(text[count]); ++count) {
    if (count < 6) value = value * 10 + (text[count] - '0');
  }
  text.remove_prefix(count);
  for (size_t i = count; i < 6; ++i) value *= 10;
  micros = value;
  return count > 0;
}

constexpr int64_t DaysFromCivil(int year, int month, int day) {
  return std::chrono::sys_days(std::chrono::year(year) /
                               std::chrono::month(static_cast<unsigned>(month)) /
                               std::chrono::day(static_cast<unsigned>(day)))
      .time_since_epoch()
      .count();
}

constexpr int DaysInMonth(int year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[static_cast<size_t>(month - 1)];
}

// "Z", "+08:00", "+0800", "-05".
bool TakeOffset(std::string_view& text, int& seconds) {
  if (TakeChar(text, 'Z') || TakeChar(text, 'z')) {
    seconds = 0;
    return true;
  }
  const bool minus = TakeChar(text, '-');
  if (!minus && !TakeChar(text, '+')) return false;
  int hours = 0;
  int minutes = 0;
  if (!TakeNumber(text, 2, 2, hours)) return false;
  TakeChar(text, ':');
  if (!text.empty() && !TakeNumber(text, 2, 2, minutes)) return false;
  if (hours > 23 || minutes > 59) return false;
  seconds = (hours * 60 + minutes) * 60 * (minus ? -1 : 1);
  return true;
}

absl::CivilSecond CivilFromSeconds(int64_t local_seconds) {
  return absl::CivilSecond(1970, 1, 1, 0, 0, 0) + local_seconds;
}

// The one offset of a local time; none where a change of clocks repeats or skips it.
std::optional<int64_t> UniqueOffset(const absl::TimeZone& zone, int64_t local_seconds) {
  const absl::TimeZone::TimeInfo info = zone.At(CivilFromSeconds(local_seconds));
  if (info.kind != absl::TimeZone::TimeInfo::UNIQUE) return std::nullopt;
  return local_seconds - absl::ToUnixSeconds(info.pre);
}

// True when [begin, end) has one offset throughout; looks at every hour.
bool OneOffset(const absl::TimeZone& zone, int64_t begin, int64_t end, int64_t& offset) {
  const std::optional<int64_t> first = UniqueOffset(zone, begin);
  if (!first || UniqueOffset(zone, end - 1) != first) return false;
  for (int64_t at = begin + kSecondsPerHour; at < end; at += kSecondsPerHour) {
    if (UniqueOffset(zone, at) != first) return false;
  }
  offset = *first;
  return true;
}

int64_t FloorTo(int64_t value, int64_t unit) {
  const int64_t rest = value % unit;
  return value - (rest < 0 ? rest + unit : rest);
}

absl::Status CheckClock(int hour, int minute, int second) {
  if (hour > 23) return Refuse("has an hour above 23");
  if (minute > 59) return Refuse("has a minute above 59");
  if (second > 60) return Refuse("has a second above 60");
  return absl::OkStatus();
}

absl::Status CheckDate(int year, int month, int day) {
  if (year < 1) return Refuse("has the year 0");
  if (month < 1 || month > 12) return Refuse("has a month outside 1 to 12");
  if (day < 1 || day > DaysInMonth(year, month)) return Refuse("has a day that the month lacks");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<absl::TimeZone> LoadTimeZone(std::string_view name) {
  int offset = 0;
  std::string_view rest = name;
  if (name.find_first_of("+-") == 0 && TakeOffset(rest, offset) && rest.empty()) {
    return absl::FixedTimeZone(offset);
  }
  absl::TimeZone zone;
  if (name.empty() || !absl::LoadTimeZone(ToAbsl(name), &zone)) {
    return absl::NotFoundError(absl::StrCat(
        "time zone '", ToAbsl(name),
        "' is not in the system's tzdata; use a name such as Asia/Shanghai or an offset such as "
        "+08:00"));
  }
  return zone;
}

absl::StatusOr<EventTime> TimeReader::Read(std::string_view text) {
  text = TrimSpaces(text);
  if (text.empty()) return Refuse("is empty");
  size_t digits = 0;
  while (digits < text.size() && IsDigit(text[digits])) ++digits;
  if (digits == text.size() && digits == 14) return ReadCompact(text);
  if (digits == text.size() || (digits > 0 && text[digits] == '.')) return ReadUnixSeconds(text);
  return ReadCalendar(text);
}

absl::StatusOr<EventTime> TimeReader::ReadUnixSeconds(std::string_view text) {
  constexpr size_t kMaxDigits = 11;  // up to the year 5138
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const auto digits = static_cast<size_t>(end - text.data());
  if (digits == 13) return Refuse("has 13 digits: milliseconds, where Unix seconds are expected");
  if (error != std::errc() || digits > kMaxDigits) {
    return Refuse("has too many digits for Unix seconds");
  }
  text.remove_prefix(digits);
  int micros = 0;
  if (TakeChar(text, '.') && !TakeFraction(text, micros)) {
    return Refuse("has no digits after the decimal point");
  }
  if (!text.empty()) return Refuse("has something after the seconds");
  return FromUnixMicros(seconds * kMicrosPerSecond + micros);
}

absl::StatusOr<EventTime> TimeReader::ReadCompact(std::string_view text) {
  Fields fields;
  TakeNumber(text, 4, 4, fields.year);
  for (int* part : {&fields.month, &fields.day, &fields.hour, &fields.minute, &fields.second}) {
    TakeNumber(text, 2, 2, *part);
  }
  return FromFields(fields);
}

absl::StatusOr<EventTime> TimeReader::ReadCalendar(std::string_view text) {
  Fields fields;
  if (!TakeNumber(text, 4, 4, fields.year)) return Refuse("does not start with a four-digit year");
  const char separator = text.empty() ? '\0' : text.front();
  const bool date = (separator == '-' || separator == '/') && TakeChar(text, separator) &&
                    TakeNumber(text, 1, 2, fields.month) && TakeChar(text, separator) &&
                    TakeNumber(text, 1, 2, fields.day);
  if (!date) return Refuse("is no date of the form 2026-11-24");
  if (!TakeChar(text, 'T') && !TakeChar(text, ' ') && !TakeChar(text, 't')) {
    return Refuse("is a date without a time of day");
  }
  const bool clock = TakeNumber(text, 1, 2, fields.hour) && TakeChar(text, ':') &&
                     TakeNumber(text, 2, 2, fields.minute);
  if (!clock) return Refuse("has no time of day of the form 08:00:00");
  if (TakeChar(text, ':')) {
    if (!TakeNumber(text, 2, 2, fields.second)) return Refuse("has no two-digit seconds");
    if (TakeChar(text, '.') && !TakeFraction(text, fields.micros)) {
      return Refuse("has no digits after the decimal point");
    }
  }
  if (!text.empty()) {
    int offset = 0;
    if (!TakeOffset(text, offset)) return Refuse("has no UTC offset of the form +08:00 or Z");
    if (!text.empty()) return Refuse("has something after the time");
    fields.offset_seconds = offset;
  }
  return FromFields(fields);
}

absl::StatusOr<EventTime> TimeReader::FromFields(const Fields& fields) {
  RF_RETURN_IF_ERROR(CheckDate(fields.year, fields.month, fields.day));
  RF_RETURN_IF_ERROR(CheckClock(fields.hour, fields.minute, fields.second));
  const bool leap = fields.second == 60;
  const int64_t local = DaysFromCivil(fields.year, fields.month, fields.day) * kSecondsPerDay +
                        fields.hour * kSecondsPerHour + fields.minute * 60 +
                        (leap ? 59 : fields.second);
  int64_t offset = 0;
  if (fields.offset_seconds) {
    offset = *fields.offset_seconds;
  } else {
    RF_ASSIGN_OR_RETURN(offset, OffsetAt(local));
  }
  const int64_t seconds = local - offset + (leap ? 1 : 0);
  if (leap && seconds % kSecondsPerDay != 0) {
    return Refuse("has a second 60 where no leap second can be");
  }
  return FromUnixMicros(seconds * kMicrosPerSecond + fields.micros);
}

absl::StatusOr<int64_t> TimeReader::OffsetAt(int64_t local_seconds) {
  if (local_seconds >= cached_begin_ && local_seconds < cached_end_) return cached_offset_;
  for (const int64_t unit : {kSecondsPerDay, kSecondsPerHour}) {
    const int64_t begin = FloorTo(local_seconds, unit);
    if (OneOffset(zone_, begin, begin + unit, cached_offset_)) {
      cached_begin_ = begin;
      cached_end_ = begin + unit;
      return cached_offset_;
    }
  }
  const absl::TimeZone::TimeInfo info = zone_.At(CivilFromSeconds(local_seconds));
  if (info.kind == absl::TimeZone::TimeInfo::SKIPPED) {
    return absl::InvalidArgumentError(
        absl::StrCat("is a local time that the change of clocks in ", zone_.name(), " skips"));
  }
  return local_seconds - absl::ToUnixSeconds(info.pre);
}

absl::StatusOr<EventTime> ParseTime(std::string_view text, const absl::TimeZone& zone) {
  return TimeReader(zone).Read(text);
}

std::string FormatTime(EventTime time, const absl::TimeZone& zone) {
  const absl::TimeZone::CivilInfo civil = zone.At(absl::FromUnixMicros(ToUnixMicros(time)));
  const absl::CivilSecond at = civil.cs;
  const int offset = civil.offset / 60;
  const int minutes = offset < 0 ? -offset : offset;
  return absl::StrFormat("%04d-%02d-%02dT%02d:%02d:%02d.%03d%c%02d:%02d", at.year(), at.month(),
                         at.day(), at.hour(), at.minute(), at.second(),
                         absl::ToInt64Milliseconds(civil.subsecond), offset < 0 ? '-' : '+',
                         minutes / 60, minutes % 60);
}

namespace {

struct Unit {
  std::string_view name;
  int64_t micros;
};

// From the largest; formatting starts at the hour.
constexpr std::array<Unit, 6> kUnits = {{{"d", 86'400'000'000},
                                         {"h", 3'600'000'000},
                                         {"m", 60'000'000},
                                         {"s", 1'000'000},
                                         {"ms", 1'000},
                                         {"us", 1}}};

}  // namespace

absl::StatusOr<Duration> ParseDuration(std::string_view text) {
  constexpr int64_t kMaxMicros = 100'000 * int64_t{86'400'000'000};
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view name = text.substr(static_cast<size_t>(end - text.data()));
  const auto* unit = std::find_if(kUnits.begin(), kUnits.end(),
                                  [&](const Unit& candidate) { return candidate.name == name; });
  if (error != std::errc() || unit == kUnits.end() || value < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", ToAbsl(text),
                     "' is no duration: a whole number from 1 with d, h, m, s, ms or us, such as "
                     "24h"));
  }
  if (value > kMaxMicros / unit->micros) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", ToAbsl(text), "' is longer than 100,000 days"));
  }
  return Duration(value * unit->micros);
}

std::string FormatDuration(Duration duration) {
  const int64_t micros = duration.count();
  const auto* unit = std::find_if(kUnits.begin() + 1, kUnits.end(), [&](const Unit& candidate) {
    return micros % candidate.micros == 0;
  });
  return absl::StrCat(micros / unit->micros, ToAbsl(unit->name));
}

}  // namespace ringfence
