#include "ingest/model/phone_number.h"

#include <algorithm>
#include <charconv>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"

namespace ringfence {
namespace {

absl::StatusOr<uint64_t> ParseDigits(std::string_view digits, size_t min, size_t max) {
  if (digits.size() < min || digits.size() > max) {
    return absl::InvalidArgumentError(
        absl::StrCat("has ", digits.size(), " digits; ", min, " to ", max, " are allowed"));
  }
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return absl::InvalidArgumentError("holds something that is not a digit");
  }
  if (digits.front() == '0') return absl::InvalidArgumentError("starts with 0");
  uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

absl::StatusOr<PhoneNumber> PhoneNumber::International(std::string_view digits) {
  auto value = ParseDigits(digits, 1, kMaxInternationalDigits);
  if (!value.ok()) return value.status();
  return PhoneNumber(*value);
}

absl::StatusOr<PhoneNumber> PhoneNumber::ShortCode(std::string_view digits) {
  auto value = ParseDigits(digits, 2, kMaxShortCodeDigits);
  if (!value.ok()) return value.status();
  return PhoneNumber(*value | kShortCodeBit);
}

absl::StatusOr<PhoneNumber> PhoneNumber::FromString(std::string_view text) {
  if (text.starts_with('+')) return International(text.substr(1));
  return ShortCode(text);
}

bool PhoneNumber::IsPacked(uint64_t value) {
  constexpr uint64_t kInternationalEnd = 1'000'000'000'000'000;
  constexpr uint64_t kShortCodeEnd = 1'000'000'000'000'000'000;
  const uint64_t digits = value & ~kShortCodeBit;
  if (digits == value) return digits > 0 && digits < kInternationalEnd;
  return digits >= 10 && digits < kShortCodeEnd;
}

std::string PhoneNumber::Digits() const {
  return empty() ? std::string() : std::to_string(value());
}

std::string PhoneNumber::ToString() const {
  if (empty()) return {};
  return is_short_code() ? Digits() : absl::StrCat("+", Digits());
}

std::string PhoneNumber::Masked() const {
  constexpr size_t kPublicShortCode = 6;
  std::string text = ToString();
  const size_t digits = text.size() - (is_short_code() ? 0 : 1);
  if (is_short_code() && digits <= kPublicShortCode) return text;
  const size_t tail = std::min<size_t>(2, digits / 4);
  const size_t hidden = std::min<size_t>(4, digits / 2);
  const size_t from = text.size() - tail - hidden;
  text.replace(from, hidden, hidden, '*');
  return text;
}

}  // namespace ringfence
