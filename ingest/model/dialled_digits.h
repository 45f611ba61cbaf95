// The digits inside a number as it was written: URIs, visual separators and '+' taken off, nothing
// about number plans.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "ingest/model/phone_number.h"

namespace ringfence {

struct DialledDigits {
  std::array<char, PhoneNumber::kMaxShortCodeDigits + 2> buffer{};  // room for "00" before
  size_t size = 0;
  bool plus = false;  // a '+' stood in front
  // The country that an RFC 3966 phone-context names; empty if there is none or it is a domain.
  std::array<char, 4> context{};
  size_t context_size = 0;

  std::string_view digits() const { return {buffer.data(), size}; }
  std::string_view context_digits() const { return {context.data(), context_size}; }
};

// Fills `out` from "+86 631 555-0100", "sip:%2B86631…;npdi@host;user=phone", "<tel:10086>".
// InvalidArgument says why the text holds no number; `out` is then undefined.
absl::Status ReadDialledDigits(std::string_view text, DialledDigits& out);

}  // namespace ringfence
