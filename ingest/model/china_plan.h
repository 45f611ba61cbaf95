// The number plan of +86: what a string of digits is inside China.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringfence {

struct ChinaNumber {
  enum class Kind {
    kNone,       // no number of the plan
    kNational,   // a subscriber: +86 goes before `digits`
    kShortCode,  // reachable inside China only
  };
  Kind kind = Kind::kNone;
  std::string_view digits;  // a part of what was given
};

// Digits after "0", "+86" or "0086": the national significant number. Ten digits that start with 10
// are a Beijing line here, and an area code before a short code (0631 12345) is dropped.
ChinaNumber ReadChinaNational(std::string_view digits);

// Digits with nothing before them. A number that could be a 106 port is one; a national number may
// lack its trunk 0. Subscriber numbers of 7 and 8 digits need an area code and are kNone.
ChinaNumber ReadChinaBare(std::string_view digits);

// A subscriber number without its area code: 7 or 8 digits, the first 2 to 8.
bool IsChinaSubscriber(std::string_view digits);

// 110, 10086, 12345, 95588, 96xxx, 4001234567, 106… ports, group numbers (6xx to 6xxxxx).
bool IsChinaShortCode(std::string_view digits);

// Whether 86 and a mobile or landline number make this integer: nearly all numbers. The rarer
// 13-digit ones are left to ReadChinaNational(), as is what is no number at all.
constexpr bool IsChinaSubscriberValue(uint64_t value) {
  // Differences wrap around below their first value and are too large then.
  const uint64_t of_eleven = value - 8'600'000'000'000;
  if (of_eleven - 13'000'000'000 < 7'000'000'000) return true;
  uint64_t area = of_eleven / 100'000'000;
  uint64_t first = of_eleven / 10'000'000 % 10;  // of the subscriber's digits
  if (of_eleven >= 100'000'000'000) {
    const uint64_t of_ten = value - 860'000'000'000;
    if (of_ten >= 10'000'000'000) return false;
    const uint64_t city = of_ten / 100'000'000;
    first = of_ten / 10'000'000 % 10;
    if (city == 10 || (city >= 20 && city <= 29 && city != 26)) return first >= 2;
    area = of_ten / 10'000'000;
    first = of_ten / 1'000'000 % 10;
  }
  return area >= 300 && area <= 999 && area != 400 && area != 800 && area / 10 != 86 && first >= 2;
}

}  // namespace ringfence
