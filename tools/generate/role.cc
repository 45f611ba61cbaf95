#include "tools/generate/role.h"

#include <array>

namespace ringfence::generate {
namespace {

using enum DayShape;
using enum Dialling;

// In the order of Role.
constexpr std::array<Behaviour, kRoleCount> kBehaviours{{
    {"subscriber", false, kResidential, kContacts, 90, 68, 12, 95},
    {"office", false, kBusiness, kContacts, 15, 72, 9, 140},
    {"courier", false, kDelivery, kNewNumbers, 100, 84, 11, 26},
    {"courier-busy", false, kDelivery, kNewNumbers, 100, 82, 10, 22},
    {"hospital", false, kClinic, kNewNumbers, 70, 78, 11, 48},
    {"verification", false, kAroundTheClock, kNewNumbers, 100, 88, 6, 17},
    {"government", false, kBusiness, kNewNumbers, 60, 74, 11, 110},
    {"utility", false, kAroundTheClock, kNewNumbers, 100, 70, 12, 40},
    {"disaster-warning", false, kWindow, kNewNumbers, 100, 75, 12, 25},
    {"telemarketer", true, kDialler, kSequentialOrRandom, 100, 24, 10, 16},
    {"telemarketer-night", true, kWindow, kSequentialOrRandom, 100, 22, 10, 15},
    {"telemarketer-below", true, kDialler, kSequentialOrRandom, 100, 26, 10, 18},
    {"rotator", true, kWindow, kSequentialOrRandom, 100, 23, 10, 15},
    {"foreign-telemarketer", true, kDialler, kSequentialOrRandom, 100, 18, 10, 13},
    {"approval-lapsed", true, kDialler, kNewNumbers, 100, 40, 10, 24},
    {"bomb-caller", true, kWindow, kVictim, 100, 8, 3, 4},
    {"bomb-victim", false, kResidential, kContacts, 90, 68, 12, 95},
}};

}  // namespace

const Behaviour& BehaviourOf(Role role) { return kBehaviours[static_cast<size_t>(role)]; }

std::string_view RoleName(Role role) { return BehaviourOf(role).name; }

std::string_view IndustryName(Industry industry) {
  constexpr std::array<std::string_view, 6> kNames{"",       "loan",     "property",
                                                   "shares", "delivery", "other"};
  return kNames[static_cast<size_t>(industry)];
}

}  // namespace ringfence::generate
