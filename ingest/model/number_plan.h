// From a number as a switch or a person wrote it to its one normal form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ingest/model/china_plan.h"
#include "ingest/model/digits.h"
#include "ingest/model/phone_number.h"

namespace ringfence {

// How digits without a prefix are read.
enum class NumberStyle {
  kAuto,  // national form first, then international (docs/cdr-formats.md, "Numbers")
  kE164,  // plain digits of 7 and more are international already; up to 6 are a short code
};

struct NumberPlanOptions {
  std::string country = "86";  // calling code of the home country, 1 to 3 digits
  // Area code that a bare subscriber number belongs to, without trunk 0, up to 6 digits; may be
  // empty.
  std::string area = "";
  NumberStyle style = NumberStyle::kAuto;
};

// What is known of one country's numbers.
struct CountryRule {
  std::string_view code;
  std::string_view trunk;          // national prefix; empty: there is none
  std::string_view international;  // prefix for calls abroad, besides 00
  size_t min_digits;               // of the national significant number, inclusive
  size_t max_digits;
};

// Normalises numbers for one home country. Immutable after construction: any number of threads may
// call it. No allocation unless the text is refused.
class NumberPlan {
 public:
  // InvalidArgument when country or area is not made of digits.
  static absl::StatusOr<NumberPlan> Create(NumberPlanOptions options);

  // Accepts +E.164, 00 and the country's international prefix, trunk 0, area default, "tel:" and
  // "sip:user@host" URIs, visual separators (space - . ( )), and short codes. InvalidArgument says
  // why a text is no number, without repeating it; it never guesses (a spreadsheet's 9.12678E+11 is
  // refused).
  absl::StatusOr<PhoneNumber> Normalise(std::string_view text) const;

  // The same for the usual subscriber numbers, which are nearly all: digits alone, perhaps with '+'
  // in front. False for anything else, be it a number or not: Normalise() decides then. 24 bytes
  // from the text's first on must be readable.
  bool NormalisePlain(std::string_view text, PhoneNumber& number) const {
    return ReadChinaSubscriber(text, number) || NormalisePlainOther(text, number);
  }

  // Whether a number from elsewhere has the one form that Normalise() gives: +8610086 has not, it
  // is the short code 10086. No style and no area is needed for that.
  bool IsNormal(PhoneNumber number) const {
    return IsChinaSubscriberValue(number.packed()) || IsNormalOther(number);
  }

  const NumberPlanOptions& options() const { return options_; }

 private:
  NumberPlan(NumberPlanOptions options, CountryRule home);

  // "+86" and a mobile or landline number, which no plan reads in another way.
  static bool ReadChinaSubscriber(std::string_view text, PhoneNumber& number) {
    uint64_t value = 0;
    const bool shape = (text.size() == 13 || text.size() == 14) && text[0] == '+' && text[1] != '0';
    if (!shape || !digits::ReadLong(text.data() + 1, text.size() - 1, value)) return false;
    number = PhoneNumber::FromPacked(value);
    return IsChinaSubscriberValue(value);
  }

  absl::StatusOr<PhoneNumber> FromInternational(std::string_view digits) const;
  absl::StatusOr<PhoneNumber> FromTrunk(std::string_view digits) const;
  absl::StatusOr<PhoneNumber> FromE164(std::string_view digits) const;
  absl::StatusOr<PhoneNumber> FromChinaBare(std::string_view digits) const;
  absl::StatusOr<PhoneNumber> FromBare(std::string_view digits) const;
  bool NormalisePlainOther(std::string_view text, PhoneNumber& number) const;
  bool PlainInternational(std::string_view digits, uint64_t value, PhoneNumber& number) const;
  bool PlainNational(std::string_view digits, uint64_t value, PhoneNumber& number) const;
  bool IsNormalOther(PhoneNumber number) const;
  bool IsNormalShortCode(std::string_view digits) const;
  absl::StatusOr<PhoneNumber> Home(std::string_view area, std::string_view national) const;

  NumberPlanOptions options_;
  CountryRule home_;  // `code` is not used: it is options_.country
  bool china_;
};

}  // namespace ringfence
