// The quick way of NumberPlan: numbers as values, not as digits. What it does not know for certain
// it leaves to the other way; what it reads it reads alike.
#include <array>
#include <charconv>

#include "ingest/model/china_plan.h"
#include "ingest/model/digits.h"
#include "ingest/model/number_plan.h"

namespace ringfence {
namespace {

constexpr uint64_t kChinaMobileBegin = 13'000'000'000;  // 11 digits: 13x to 19x
constexpr uint64_t kMobileEnd = 20'000'000'000;
constexpr uint64_t kChinaOf11Digits = 86 * digits::kPowersOfTen[8] * 1000;
constexpr size_t kLeastDigits = 7;
constexpr size_t kMostDigits = 15;

bool IsMobileValue(uint64_t value) { return value >= kChinaMobileBegin && value < kMobileEnd; }

// 86 in front of a national number of `count` digits.
uint64_t WithChina(uint64_t value, size_t count) {
  uint64_t scale = digits::kPowersOfTen[8];
  for (size_t i = 8; i < count; ++i) scale *= 10;
  return 86 * scale + value;
}

}  // namespace

bool NumberPlan::NormalisePlainOther(std::string_view text, PhoneNumber& number) const {
  if (text.empty()) return false;
  const bool plus = text.front() == '+';
  if (plus) text.remove_prefix(1);
  uint64_t value = 0;
  if (text.size() < kLeastDigits || text.size() > kMostDigits ||
      !digits::Read(text.data(), text.size(), value)) {
    return false;
  }
  if (plus) return PlainInternational(text, value, number);
  if (text.front() != '0' && options_.style == NumberStyle::kE164) {
    return PlainInternational(text, value, number);
  }
  return china_ && PlainNational(text, value, number);
}

bool NumberPlan::IsNormalOther(PhoneNumber number) const {
  if (!PhoneNumber::IsPacked(number.packed())) return false;
  std::array<char, 24> buffer;
  const char* end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number.value()).ptr;
  const std::string_view digits(buffer.data(), static_cast<size_t>(end - buffer.data()));
  if (number.is_short_code()) return IsNormalShortCode(digits);
  PhoneNumber same;
  if (digits.size() >= kLeastDigits && PlainInternational(digits, number.value(), same))
    return true;
  const absl::StatusOr<PhoneNumber> normal = FromInternational(digits);
  return normal.ok() && *normal == number;
}

// Digits of +86, or of another country with a plan of its own.
bool NumberPlan::PlainInternational(std::string_view digits, uint64_t value,
                                    PhoneNumber& number) const {
  const bool mobile =
      digits.size() == 13 && value >= kChinaOf11Digits && IsMobileValue(value - kChinaOf11Digits);
  if (!mobile) {
    if (digits.starts_with("86")) {
      const std::string_view national = digits.substr(2);
      if (national.front() == '0' ||
          ReadChinaNational(national).kind != ChinaNumber::Kind::kNational) {
        return false;
      }
    } else {
      const bool north_america = digits.size() == 11 && digits[0] == '1' && digits[1] >= '2';
      if (!north_america) return false;
    }
  }
  number = PhoneNumber::FromPacked(value);
  return true;
}

// Digits as they are dialled inside China, with or without trunk 0.
bool NumberPlan::PlainNational(std::string_view digits, uint64_t value, PhoneNumber& number) const {
  if (digits.front() == '0') {
    digits.remove_prefix(1);
    if (digits.front() == '0' || ReadChinaNational(digits).kind != ChinaNumber::Kind::kNational)
      return false;
  } else if (digits.size() != 11 || !IsMobileValue(value)) {
    const ChinaNumber::Kind kind = ReadChinaBare(digits).kind;
    const bool subscriber = digits.size() <= 8;  // may lack its area code only
    if (kind == ChinaNumber::Kind::kNone && !subscriber && digits.starts_with("86")) {
      return PlainInternational(digits, value, number);
    }
    if (kind != ChinaNumber::Kind::kNational) return false;
  }
  if (digits.size() > 13) return false;
  number = PhoneNumber::FromPacked(WithChina(value, digits.size()));
  return true;
}

}  // namespace ringfence
