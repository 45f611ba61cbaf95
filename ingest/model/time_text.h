// Times and durations as text, both ways.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ingest/model/digits.h"
#include "ingest/model/event_time.h"

namespace ringfence {

// "Asia/Shanghai", "UTC", "+08:00". NotFound names the zone that the system's tzdata does not have.
absl::StatusOr<absl::TimeZone> LoadTimeZone(std::string_view name);

// Reads many times of one zone; remembers the zone's offset for the day read last. Not thread-safe.
class TimeReader {
 public:
  explicit TimeReader(absl::TimeZone zone) : zone_(zone) {}

  // Reads RFC 3339 ("2026-11-24T08:00:00.123+08:00", 'Z', a space for 'T'), Unix seconds with
  // optional decimals ("1795482900.534882"), and local times without an offset
  // ("2026-11-24 08:00:00", "2020/2/10 22:41", "20261124080000"). Digits past the microsecond are
  // cut off. A local time that a change of clocks repeats is its first occurrence; one that is
  // skipped is refused. InvalidArgument says what was not understood, without repeating the text.
  absl::StatusOr<EventTime> Read(std::string_view text);

  // The same for the forms that switches write most: "2026-11-24T08:00:00", with a space for 'T',
  // up to 6 decimals, and 'Z' or "+08:00" behind it; and 10 digits of Unix seconds with up to 6
  // decimals. False where it is another form or no time at all: Read() decides then. 40 bytes from
  // the text's first on must be readable.
  bool ReadPlain(std::string_view text, EventTime& time) {
    if (text.size() != kUnixDigits) return ReadPlainOther(text, time);
    const uint32_t tail = digits::Read4(text.data() + kUnixFront);
    const uint64_t front = digits::Load8(text.data()) << (64 - 8 * kUnixFront);
    if (tail > 9'999 || front != plain_.unix_front) return ReadPlainOther(text, time);
    time = FromUnixMicros((plain_.front_seconds + tail) * 1'000'000);
    return true;
  }

  const absl::TimeZone& zone() const { return zone_; }

 private:
  struct Fields;
  static constexpr size_t kUnixDigits = 10;  // of the seconds, from 2001 to 2286
  static constexpr size_t kUnixFront = 6;    // of these, stay the same for hours

  absl::StatusOr<EventTime> ReadUnixSeconds(std::string_view text);
  absl::StatusOr<EventTime> ReadCompact(std::string_view text);
  absl::StatusOr<EventTime> ReadCalendar(std::string_view text);
  absl::StatusOr<EventTime> FromFields(const Fields& fields);
  // UTC offset in seconds of a local time given in seconds since the local epoch.
  absl::StatusOr<int64_t> OffsetAt(int64_t local_seconds);
  bool ReadPlainOther(std::string_view text, EventTime& time);
  bool ReadPlainUnixSeconds(std::string_view text, EventTime& time);
  bool FindPlainDay(const char* date);
  bool FindPlainOffset(std::string_view text, int64_t local_seconds, int64_t& offset);

  absl::TimeZone zone_;
  // [begin, end) in local seconds has one offset throughout.
  int64_t cached_begin_ = std::numeric_limits<int64_t>::max();
  int64_t cached_end_ = std::numeric_limits<int64_t>::min();
  int64_t cached_offset_ = 0;
  // What ReadPlain() read last: a date and a UTC offset come again and again. From the start each
  // memory is true, or matches no text, NULs included.
  struct PlainMemory {
    std::array<char, 10> date = {'1', '9', '7', '0', '-', '0', '1', '-', '0', '1'};
    int64_t day_begin = 0;  // seconds since the local epoch
    std::array<char, 6> suffix = {'+', '0', '0', ':', '0', '0'};
    int64_t suffix_seconds = 0;
    uint64_t unix_front = 1;  // the first digits of Unix seconds, in the upper bytes; 1: none yet
    int64_t front_seconds = 0;
  };
  PlainMemory plain_;
};

// One time: TimeReader(zone).Read(text).
absl::StatusOr<EventTime> ParseTime(std::string_view text, const absl::TimeZone& zone);

// RFC 3339 with milliseconds (cut, not rounded) and the offset of `zone`:
// "2026-11-24T08:00:00.123+08:00". Exact for years 1 to 9999.
std::string FormatTime(EventTime time, const absl::TimeZone& zone);

// A whole number with a unit: "24h", "90m", "30s", "500ms", "20us", "7d". InvalidArgument
// otherwise, for 0 and for more than 100,000 days.
absl::StatusOr<Duration> ParseDuration(std::string_view text);

// In the largest unit up to the hour that divides it, as ParseDuration reads it back: 86,400 s is
// "24h", 5,400 s is "90m".
std::string FormatDuration(Duration duration);

}  // namespace ringfence
