// The number plan of +86: what a string of digits is inside China.
#pragma once

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

}  // namespace ringfence
