#include "ingest/model/china_plan.h"

#include <cstddef>

namespace ringfence {
namespace {

using Kind = ChinaNumber::Kind;

constexpr size_t kMobileDigits = 11;
constexpr size_t kMachineDigits = 13;  // Internet-of-things numbers 144x…
constexpr size_t kMaxPortDigits = 18;

bool IsMobile(std::string_view digits) {
  return digits.size() == kMobileDigits && digits[0] == '1' && digits[1] >= '3';
}

bool IsMachine(std::string_view digits) {
  return digits.size() == kMachineDigits && digits.starts_with("144");
}

// Digits of the area code at the front: 10 and 2x have two, 3xx to 9xx three; 0 if there is none.
// 400 and 800 are services, 26 and 86x are not assigned.
size_t AreaDigits(std::string_view digits) {
  if (digits.size() < 3) return 0;
  if (digits[0] == '1') return digits[1] == '0' ? 2 : 0;
  if (digits[0] == '2') return digits[1] == '6' ? 0 : 2;
  if (digits[0] == '0' || digits.starts_with("400") || digits.starts_with("800")) return 0;
  return digits.starts_with("86") ? 0 : 3;
}

bool IsLandline(std::string_view digits) {
  const size_t area = AreaDigits(digits);
  if (area == 0) return false;
  const size_t rest = digits.size() - area;
  const bool length = rest == 8 || (rest == 7 && area == 3);
  return length && digits[area] >= '2';
}

// What answers under an area code too: 0631 12345, 010 110, 021 962xxx.
bool IsLocalService(std::string_view digits) {
  if (digits.size() < 3) return false;
  if (digits[0] == '1') return digits.size() <= 6;
  return digits[0] == '9' && (digits[1] == '5' || digits[1] == '6') && digits.size() >= 5 &&
         digits.size() <= 8;
}

bool IsServiceNumber(std::string_view digits) {
  return digits.size() == 10 && (digits.starts_with("400") || digits.starts_with("800"));
}

// 10086 and its long forms (1008611), 101xx, and the 106 ports.
bool IsPort(std::string_view digits) {
  return digits.size() > 6 && digits.size() <= kMaxPortDigits &&
         (digits.starts_with("100") || digits.starts_with("101") || digits.starts_with("106"));
}

}  // namespace

bool IsChinaSubscriber(std::string_view digits) {
  return (digits.size() == 7 || digits.size() == 8) && digits[0] >= '2' && digits[0] <= '8';
}

bool IsChinaShortCode(std::string_view digits) {
  const bool group = digits.size() >= 3 && digits.size() <= 6 && digits[0] == '6';
  return IsLocalService(digits) || IsServiceNumber(digits) || IsPort(digits) || group;
}

ChinaNumber ReadChinaNational(std::string_view digits) {
  if (IsMobile(digits) || IsLandline(digits) || IsMachine(digits)) return {Kind::kNational, digits};
  const size_t area = AreaDigits(digits);
  const bool service = IsLocalService(digits) || IsServiceNumber(digits) || IsPort(digits);
  // 95xxx and 96xxx are services of their own; 10 110 is Beijing's 110, not a code 10110.
  if (service && digits[0] == '9') return {Kind::kShortCode, digits};
  if (area != 0 && IsLocalService(digits.substr(area))) {
    return {Kind::kShortCode, digits.substr(area)};
  }
  if (service) return {Kind::kShortCode, digits};
  return {};
}

ChinaNumber ReadChinaBare(std::string_view digits) {
  if (IsMobile(digits)) return {Kind::kNational, digits};
  if (IsChinaShortCode(digits)) return {Kind::kShortCode, digits};
  if (IsLandline(digits) || IsMachine(digits)) return {Kind::kNational, digits};
  return {};
}

}  // namespace ringfence
