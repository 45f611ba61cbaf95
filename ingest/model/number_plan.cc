#include "ingest/model/number_plan.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/china_plan.h"
#include "ingest/model/dialled_digits.h"
#include "ingest/model/parse_words.h"

namespace ringfence {
namespace {

constexpr std::string_view kChina = "86";
constexpr size_t kMaxShortCode = 6;  // in style e164 and in countries without rules of their own
constexpr size_t kMinInternational = 7;  // the shortest subscriber numbers with their country code

// Lengths from the national plans. A country that is not here gets the generic rule.
constexpr std::array<CountryRule, 13> kCountries = {{
    {"1", "1", "011", 10, 10},
    {"7", "8", "810", 10, 10},
    {"33", "0", "00", 9, 9},
    {"39", "", "00", 6, 11},
    {"44", "0", "00", 7, 10},
    {"49", "0", "00", 6, 13},
    {"61", "0", "0011", 9, 9},
    {"65", "", "001", 8, 8},
    {"81", "0", "010", 9, 10},
    {"82", "0", "001", 8, 10},
    {"852", "", "001", 8, 8},
    {"853", "", "00", 8, 8},
    {"886", "0", "002", 8, 9},
}};

// A national number longer than 10 digits is taken for an international one.
constexpr CountryRule kGeneric = {"", "0", "00", 7, 10};

bool AllDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

const CountryRule* RuleOf(std::string_view digits) {
  for (const CountryRule& rule : kCountries) {
    if (digits.starts_with(rule.code)) return &rule;
  }
  return nullptr;
}

// A national significant number of `digits` digits, the first of which is `first`.
bool Fits(const CountryRule& rule, size_t digits, char first) {
  const bool area_code = rule.code != "1" || first >= '2';
  return digits >= rule.min_digits && digits <= rule.max_digits && area_code;
}

absl::StatusOr<PhoneNumber> Joined(std::string_view country, std::string_view area,
                                   std::string_view national) {
  std::array<char, 32> buffer;
  char* end = buffer.data();
  for (const std::string_view part : {country, area, national}) {
    std::memcpy(end, part.data(), part.size());
    end += part.size();
  }
  return PhoneNumber::International({buffer.data(), static_cast<size_t>(end - buffer.data())});
}

absl::Status RefuseBare(size_t digits, std::string_view country) {
  return absl::InvalidArgumentError(absl::StrCat(
      "has ", digits, " digits, which is no number of country ", ToAbsl(country),
      " and does not start with that country's code and a valid number; a number of another "
      "country needs '+' or 00, or --numbers e164"));
}

}  // namespace

NumberPlan::NumberPlan(NumberPlanOptions options, CountryRule home)
    : options_(std::move(options)), home_(home), china_(options_.country == kChina) {}

absl::StatusOr<NumberPlan> NumberPlan::Create(NumberPlanOptions options) {
  const std::string& country = options.country;
  if (country.empty() || country.size() > 3 || !AllDigits(country) || country[0] == '0') {
    return absl::InvalidArgumentError(absl::StrCat(
        "country '", country, "' is no calling code: 1 to 3 digits without '+', such as 86"));
  }
  if (options.area.size() > 6 || !AllDigits(options.area) || options.area.starts_with('0')) {
    return absl::InvalidArgumentError(absl::StrCat(
        "area '", options.area, "' is no area code: up to 6 digits without trunk 0, such as 631"));
  }
  const CountryRule* rule = RuleOf(country);
  const bool known = rule != nullptr && rule->code == country;
  return NumberPlan(std::move(options), known ? *rule : kGeneric);
}

absl::StatusOr<PhoneNumber> NumberPlan::Normalise(std::string_view text) const {
  DialledDigits dialled;
  if (absl::Status read = ReadDialledDigits(text, dialled); !read.ok()) return read;
  const std::string_view digits = dialled.digits();
  if (dialled.plus) return FromInternational(digits);
  if (dialled.context_size != 0 && !dialled.context_digits().starts_with(options_.country)) {
    return Refuse("has a phone-context of another country");
  }
  if (digits[0] == '0') {
    if (digits.starts_with("00")) return FromInternational(digits.substr(2));
    if (digits.starts_with(home_.international)) {
      return FromInternational(digits.substr(home_.international.size()));
    }
    return FromTrunk(digits);
  }
  if (options_.style == NumberStyle::kE164) return FromE164(digits);
  return china_ ? FromChinaBare(digits) : FromBare(digits);
}

absl::StatusOr<PhoneNumber> NumberPlan::FromInternational(std::string_view digits) const {
  if (digits.starts_with(kChina)) {
    std::string_view national = digits.substr(kChina.size());
    // People write +86 0631 and +86 (0)631: no area code starts with 0.
    const bool trunk = national.starts_with('0');
    if (trunk) national.remove_prefix(1);
    // Short codes exist inside their own country only.
    const ChinaNumber number = ReadChinaNational(national);
    if (number.kind == ChinaNumber::Kind::kNational) {
      return trunk ? Joined(kChina, "", national) : PhoneNumber::International(digits);
    }
    if (number.kind == ChinaNumber::Kind::kShortCode && china_) {
      return PhoneNumber::ShortCode(number.digits);
    }
    return Refuse("is no number of +86");
  }
  if (digits.size() < kMinInternational) return Refuse("is too short for an international number");
  const CountryRule* rule = RuleOf(digits);
  if (rule != nullptr) {
    const std::string_view national = digits.substr(rule->code.size());
    if (national.empty() || !Fits(*rule, national.size(), national[0])) {
      return absl::InvalidArgumentError(
          absl::StrCat("has ", digits.size(), " digits and is no number of +", ToAbsl(rule->code)));
    }
  }
  return PhoneNumber::International(digits);
}

absl::StatusOr<PhoneNumber> NumberPlan::FromTrunk(std::string_view digits) const {
  if (china_) {
    const ChinaNumber number = ReadChinaNational(digits.substr(1));
    if (number.kind == ChinaNumber::Kind::kNational) return Home("", number.digits);
    if (number.kind == ChinaNumber::Kind::kShortCode) return PhoneNumber::ShortCode(number.digits);
    return Refuse("starts with trunk 0, but no area code and subscriber number follow");
  }
  // Without a trunk prefix the 0 belongs to the number (Italy).
  const std::string_view national = home_.trunk.empty() ? digits : digits.substr(1);
  if (home_.trunk.empty() ? home_.code != "39" : home_.trunk != "0") {
    return Refuse("starts with 0, which no number of this country does");
  }
  if (national.empty() || !Fits(home_, national.size(), national[0]))
    return RefuseBare(national.size(), options_.country);
  return Home("", national);
}

absl::StatusOr<PhoneNumber> NumberPlan::FromE164(std::string_view digits) const {
  if (digits.size() <= kMaxShortCode) {
    if (china_ && !IsChinaShortCode(digits)) {
      return Refuse("is too short for an international number and no short code of +86");
    }
    return PhoneNumber::ShortCode(digits);
  }
  absl::StatusOr<PhoneNumber> number = FromInternational(digits);
  if (!number.ok() && china_ && IsChinaShortCode(digits)) return PhoneNumber::ShortCode(digits);
  return number;
}

bool NumberPlan::IsNormalShortCode(std::string_view digits) const {
  return china_ ? IsChinaShortCode(digits) : digits.size() <= kMaxShortCode;
}

absl::StatusOr<PhoneNumber> NumberPlan::FromChinaBare(std::string_view digits) const {
  const ChinaNumber number = ReadChinaBare(digits);
  if (number.kind == ChinaNumber::Kind::kNational) return Home("", number.digits);
  if (number.kind == ChinaNumber::Kind::kShortCode) return PhoneNumber::ShortCode(number.digits);
  if (IsChinaSubscriber(digits)) {
    if (options_.area.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "has ", digits.size(), " digits: a subscriber number without its area code; set --area"));
    }
    return Home(options_.area, digits);
  }
  if (digits.starts_with(kChina)) {
    absl::StatusOr<PhoneNumber> after = FromInternational(digits);
    if (after.ok()) return after;
  }
  return RefuseBare(digits.size(), options_.country);
}

absl::StatusOr<PhoneNumber> NumberPlan::FromBare(std::string_view digits) const {
  if (digits.size() <= kMaxShortCode) return PhoneNumber::ShortCode(digits);
  if (Fits(home_, digits.size(), digits[0])) return Home("", digits);
  const std::string& area = options_.area;
  const bool fits_area = !area.empty() && digits.size() < home_.min_digits &&
                         Fits(home_, digits.size() + area.size(), area[0]);
  if (fits_area) return Home(area, digits);
  if (digits.starts_with(options_.country)) return FromInternational(digits);
  if (home_.trunk == digits.substr(0, 1) && Fits(home_, digits.size() - 1, digits[1])) {
    return Home("", digits.substr(1));
  }
  return RefuseBare(digits.size(), options_.country);
}

absl::StatusOr<PhoneNumber> NumberPlan::Home(std::string_view area,
                                             std::string_view national) const {
  return Joined(options_.country, area, national);
}

}  // namespace ringfence
