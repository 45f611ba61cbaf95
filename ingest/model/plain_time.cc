// The quick way of TimeReader: fixed places, eight digits at a time. What it can't read it leaves
// to the other way; what it reads it reads alike.
#include <algorithm>
#include <chrono>
#include <cstring>

#include "ingest/model/digits.h"
#include "ingest/model/time_text.h"

namespace ringfence {
namespace {

constexpr int64_t kDaySeconds = 86400;
constexpr int64_t kSecondMicros = 1'000'000;
constexpr size_t kDateSize = 10;  // 2026-11-24
constexpr size_t kClockEnd = 19;  // 2026-11-24T08:00:00
constexpr size_t kMostDecimals = 6;

// "08:00:00" as seconds; -1 where it is no such time. A leap second is left to the other way.
int64_t ClockSeconds(const char* at) {
  constexpr uint64_t kZeros = 0x30303A30303A3030;  // "00:00:00"
  const uint64_t bytes = digits::Load8(at) ^ kZeros;
  const bool colons = (bytes & 0x0000FF0000FF0000) == 0;
  if (!colons || !digits::AllBelowTen(bytes)) return -1;
  const auto two = [&](int shift) {
    return static_cast<int64_t>(((bytes >> shift) & 0xFF) * 10 + ((bytes >> (shift + 8)) & 0xFF));
  };
  const int64_t hour = two(0), minute = two(24), second = two(48);
  if (hour > 23 || minute > 59 || second > 59) return -1;
  return hour * 3600 + minute * 60 + second;
}

// Takes ".123" from the front as microseconds. False for a point without digits or with too many.
bool TakeDecimals(std::string_view& text, int64_t& micros) {
  micros = 0;
  if (text.empty() || text.front() != '.') return true;
  const size_t count = std::min(digits::CountAtFront(text.data() + 1), text.size() - 1);
  if (count == 0 || count > kMostDecimals) return false;
  uint64_t value = 0;
  digits::Read(text.data() + 1, count, value);
  micros = static_cast<int64_t>(value * digits::kPowersOfTen[kMostDecimals - count]);
  text.remove_prefix(count + 1);
  return true;
}

}  // namespace

bool TimeReader::ReadPlainOther(std::string_view text, EventTime& time) {
  if (text.size() < kDateSize || text.size() > 32) return false;
  if (text[4] != '-') return ReadPlainUnixSeconds(text, time);
  if (text.size() < kClockEnd || (text[kDateSize] != 'T' && text[kDateSize] != ' ')) return false;
  if (std::memcmp(text.data(), plain_.date.data(), kDateSize) != 0 && !FindPlainDay(text.data())) {
    return false;
  }
  const int64_t clock = ClockSeconds(text.data() + kDateSize + 1);
  text.remove_prefix(kClockEnd);
  int64_t micros = 0;
  int64_t offset = 0;
  const int64_t local = plain_.day_begin + clock;
  if (clock < 0 || !TakeDecimals(text, micros) || !FindPlainOffset(text, local, offset)) {
    return false;
  }
  time = FromUnixMicros((local - offset) * kSecondMicros + micros);
  return true;
}

bool TimeReader::ReadPlainUnixSeconds(std::string_view text, EventTime& time) {
  uint64_t seconds = 0;
  if (!digits::Read(text.data(), kUnixDigits, seconds)) return false;
  plain_.unix_front = digits::Load8(text.data()) << (64 - 8 * kUnixFront);
  plain_.front_seconds = static_cast<int64_t>(seconds - seconds % 10'000);
  text.remove_prefix(kUnixDigits);
  int64_t micros = 0;
  if (!TakeDecimals(text, micros) || !text.empty()) return false;
  time = FromUnixMicros(static_cast<int64_t>(seconds) * kSecondMicros + micros);
  return true;
}

bool TimeReader::FindPlainDay(const char* date) {
  uint64_t year = 0, month = 0, day = 0;
  const bool read = digits::Read(date, 4, year) && date[7] == '-' &&
                    digits::Read(date + 5, 2, month) && digits::Read(date + 8, 2, day);
  const std::chrono::year_month_day found(std::chrono::year(static_cast<int>(year)),
                                          std::chrono::month(static_cast<unsigned>(month)),
                                          std::chrono::day(static_cast<unsigned>(day)));
  if (!read || year == 0 || !found.ok()) return false;
  plain_.day_begin = std::chrono::sys_days(found).time_since_epoch().count() * kDaySeconds;
  std::copy_n(date, kDateSize, plain_.date.begin());
  return true;
}

bool TimeReader::FindPlainOffset(std::string_view text, int64_t local_seconds, int64_t& offset) {
  if (text.size() == plain_.suffix.size()) {
    if (std::memcmp(text.data(), plain_.suffix.data(), text.size()) != 0) {
      uint64_t hours = 0, minutes = 0;
      const bool read = (text[0] == '+' || text[0] == '-') && text[3] == ':' &&
                        digits::Read(text.data() + 1, 2, hours) &&
                        digits::Read(text.data() + 4, 2, minutes);
      if (!read || hours > 23 || minutes > 59) return false;
      const auto seconds = static_cast<int64_t>(hours * 60 + minutes) * 60;
      plain_.suffix_seconds = text[0] == '-' ? -seconds : seconds;
      std::copy(text.begin(), text.end(), plain_.suffix.begin());
    }
    offset = plain_.suffix_seconds;
    return true;
  }
  offset = 0;
  if (text == "Z") return true;
  if (!text.empty()) return false;
  const absl::StatusOr<int64_t> of_zone = OffsetAt(local_seconds);
  if (of_zone.ok()) offset = *of_zone;
  return of_zone.ok();
}

}  // namespace ringfence
