// Who lives in the city, and how each of them uses the telephone.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringfence::generate {

enum class Role : uint8_t {
  kSubscriber,    // a few calls a day, mostly to the same people
  kOffice,        // a company's lines, business hours
  kCourier,       // 30 to 280 calls a day, mostly to people never called before: the main confusion
  kBusyCourier,   // the same, legitimately above 300
  kHospital,      // protected class; appointment lines of up to 5,000 calls a day
  kVerification,  // voice verification codes: whitelisted, thousands a day
  kGovernment,    // 12345 and its outbound lines: protected
  kUtility,       // outage lines: protected class
  kDisasterWarning,    // storm warnings within two hours: protected class
  kTelemarketer,       // 301 to 3,000 calls in a day
  kNightTelemarketer,  // across midnight: below 300 on each calendar day, above in 24 hours
  kBelowThreshold,     // 250 to 300 calls in any 24 hours: a nuisance that the rule must not flag
  kRotator,            // many numbers of one line, each far below 300, the line above its limit
  kForeign,            // telemarketers from abroad and from other carriers: not in the ledger
  kLapsedApproval,     // above 300 with a whitelist entry that has expired
  kBombCaller,         // one of many that call one number within ten minutes (呼死你)
  kBombVictim,         // an ordinary subscriber whom they call
};
inline constexpr int kRoleCount = 17;

enum class Industry : uint8_t { kNone, kLoan, kProperty, kShares, kDelivery, kOther };

// How a role's calls spread over the day.
enum class DayShape : uint8_t {
  kResidential,
  kBusiness,
  kDelivery,
  kClinic,
  kAroundTheClock,
  kDialler,
  kWindow,  // evenly between two times of the caller's own
};

enum class Dialling : uint8_t { kContacts, kNewNumbers, kSequentialOrRandom, kVictim };

struct Behaviour {
  std::string_view name;
  bool nuisance = false;
  DayShape shape = DayShape::kResidential;
  Dialling dialling = Dialling::kContacts;
  uint32_t weekend_percent = 100;  // of a weekday's calls
  uint32_t answered_percent = 60;
  uint32_t ring_seconds = 12;  // mean until answered
  uint32_t talk_seconds = 90;  // mean of answered calls
};

const Behaviour& BehaviourOf(Role role);
std::string_view RoleName(Role role);
std::string_view IndustryName(
    Industry industry);  // "loan", "property", "shares", …; kNone is empty

}  // namespace ringfence::generate
