// The floor that stands above every list: numbers that no file, rule or person can hand to the
// machine (DESIGN.md, rule 2). Compiled in, so that nothing at run time can remove one.
#pragma once

#include <string_view>

#include "absl/types/span.h"
#include "ingest/model/phone_number.h"

namespace ringfence {

// A public-service number of mainland China and who answers it.
struct FloorNumber {
  std::string_view code;
  std::string_view service;
  bool emergency = false;
};

// All of them, sorted by code; each once.
absl::Span<const FloorNumber> ProtectedFloor();

// The floor's entry for a number, or null. A number is on the floor in each form in which it
// appears in a CDR: the short code (110), with the country code (+86110), and with an area code
// before it (+86631110, which is what 0631110 becomes). None of these forms is as long as a
// subscriber's number, so no ordinary number is taken for one.
const FloorNumber* FindOnFloor(PhoneNumber number);

// True for a caller that is never suspended or blocked.
inline bool IsPublicService(CallingNumber number) {
  return FindOnFloor(number.number()) != nullptr;
}

// True for a called number that even a suspended line reaches.
bool IsEmergency(CalledNumber number);

}  // namespace ringfence
