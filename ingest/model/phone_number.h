// A telephone number in its one normal form, in eight bytes.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/status/statusor.h"

namespace ringfence {

// Either an international number (ITU-T E.164: 1 to 15 digits, the first not 0) or a short code,
// which exists only inside one country's plan (110, 10086, 95588, 4001234567, 106…: 2 to 18 digits,
// the first not 0). The two never compare equal. A value type; a default-constructed number is
// empty and equals only another empty one.
class PhoneNumber {
 public:
  static constexpr int kMaxInternationalDigits = 15;
  static constexpr int kMaxShortCodeDigits = 18;

  PhoneNumber() = default;

  // digits: digits only, no '+'. InvalidArgument says what is wrong with them.
  static absl::StatusOr<PhoneNumber> International(std::string_view digits);
  static absl::StatusOr<PhoneNumber> ShortCode(std::string_view digits);

  // Reads what ToString() wrote. For numbers as people and switches write them, see number_plan.h.
  static absl::StatusOr<PhoneNumber> FromString(std::string_view text);

  // Whether a number, not an empty one, has this packed().
  static bool IsPacked(uint64_t value);
  // The inverse of packed(). Any value is accepted: it comes from our own files, or was checked.
  static PhoneNumber FromPacked(uint64_t packed) { return PhoneNumber(packed); }

  bool empty() const { return packed_ == 0; }
  bool is_short_code() const { return (packed_ & kShortCodeBit) != 0; }

  // The digits as a number.
  uint64_t value() const { return packed_ & ~kShortCodeBit; }
  // The digits alone: "8613800000000", "10086".
  std::string Digits() const;
  // '+' and digits, a short code as it is: "+8613800000000", "10086".
  std::string ToString() const;
  // For logs: the first and the last digits, the rest as '*': "+861380****00". Short codes of up to
  // 6 digits are public and stay whole.
  std::string Masked() const;

  // Unique per number and stable across versions: snapshots and the wire use it.
  uint64_t packed() const { return packed_; }

  friend auto operator<=>(const PhoneNumber&, const PhoneNumber&) = default;
  template <typename H>
  friend H AbslHashValue(H state, PhoneNumber number) {
    return H::combine(std::move(state), number.packed_);
  }

 private:
  static constexpr uint64_t kShortCodeBit = uint64_t{1} << 63;

  explicit PhoneNumber(uint64_t packed) : packed_(packed) {}

  uint64_t packed_ = 0;  // the digits as a number, plus kShortCodeBit
};

// The two parties of a call. They do not convert into each other: to judge a called number by the
// rules for callers is the mistake this prevents.
template <typename Tag>
class PartyNumber {
 public:
  PartyNumber() = default;
  explicit PartyNumber(PhoneNumber number) : number_(number) {}

  PhoneNumber number() const { return number_; }
  std::string ToString() const { return number_.ToString(); }

  friend auto operator<=>(const PartyNumber&, const PartyNumber&) = default;
  template <typename H>
  friend H AbslHashValue(H state, PartyNumber party) {
    return H::combine(std::move(state), party.number_);
  }

 private:
  PhoneNumber number_;
};

using CallingNumber = PartyNumber<struct CallingTag>;
using CalledNumber = PartyNumber<struct CalledTag>;

}  // namespace ringfence
