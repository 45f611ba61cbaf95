// Any text as a number: what is accepted prints in a form that reads back to itself, in every plan,
// and what the quick way reads is what the other one reads.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ingest/model/number_plan.h"

namespace {

using ringfence::NumberPlan;
using ringfence::NumberPlanOptions;
using ringfence::NumberStyle;
using ringfence::PhoneNumber;

void Check(const NumberPlan& plan, std::string_view text) {
  const auto number = plan.Normalise(text);
  const std::string padded = std::string(text) + std::string(24, '7');
  PhoneNumber plain;
  if (plan.NormalisePlain(std::string_view(padded).substr(0, text.size()), plain) &&
      (!number.ok() || *number != plain)) {
    std::abort();
  }
  if (!number.ok()) {
    if (number.status().message().empty()) std::abort();
    return;
  }
  if (number->empty()) std::abort();
  // In style e164 a long short code that came with +86 in front reads as international without it.
  const bool e164 = plan.options().style == NumberStyle::kE164;
  if (e164 && number->is_short_code()) return;
  const auto again = plan.Normalise(number->ToString());
  if (!again.ok() || *again != *number) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const char* country : {"86", "1", "44", "39", "34", "852"}) {
    for (const NumberStyle style : {NumberStyle::kAuto, NumberStyle::kE164}) {
      NumberPlanOptions options;
      options.country = country;
      options.style = style;
      if (options.country == "86") options.area = "631";
      Check(*NumberPlan::Create(options), text);
    }
  }
  return 0;
}
