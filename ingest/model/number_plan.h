// From a number as a switch or a person wrote it to its one normal form.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ingest/model/phone_number.h"

namespace ringfence {

// How digits without a prefix are read.
enum class NumberStyle {
  kAuto,  // national form first, then international (DESIGN.md, "Numbers")
  kE164,  // plain digits are international already
};

struct NumberPlanOptions {
  std::string country = "86";  // calling code of the home country, digits
  std::string area;  // area code that a bare subscriber number belongs to, without 0; may be empty
  NumberStyle style = NumberStyle::kAuto;
};

// Normalises numbers for one home country. Immutable after construction: any number of threads may
// call it.
class NumberPlan {
 public:
  // InvalidArgument when country or area is not made of digits.
  static absl::StatusOr<NumberPlan> Create(NumberPlanOptions options);

  // Accepts +E.164, 00 and the country's international prefix, trunk 0, area default, "tel:" and
  // "sip:user@host" URIs, visual separators (space - . ( )), and short codes. InvalidArgument says
  // why a text is no number; it never guesses (a spreadsheet's 9.12678E+11 is refused).
  absl::StatusOr<PhoneNumber> Normalise(std::string_view text) const;

  const NumberPlanOptions& options() const { return options_; }

 private:
  explicit NumberPlan(NumberPlanOptions options) : options_(std::move(options)) {}

  NumberPlanOptions options_;
};

}  // namespace ringfence
