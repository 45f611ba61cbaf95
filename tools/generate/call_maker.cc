#include "tools/generate/call_maker.h"

#include <algorithm>
#include <array>

#include "tools/generate/numbers.h"
#include "tools/generate/rng.h"

namespace ringfence::generate {
namespace {

constexpr uint64_t kDetails = 3;  // beside the purposes in city.cc
constexpr uint64_t kCircleSeed = 4;
constexpr uint64_t kFirstCalled = 5;

// Ways in which a call fails, as ITU-T Q.850 and as SIP have them.
struct Failure {
  uint16_t q850;
  uint16_t sip;
  uint32_t weight;
  uint32_t ring_seconds;  // mean; 0: released at once
};

constexpr std::array<Failure, 7> kFailures{{
    {17, 486, 24, 0},   // user busy
    {19, 480, 30, 40},  // no answer from user
    {16, 487, 22, 12},  // the caller gave up
    {21, 603, 10, 7},   // rejected
    {20, 408, 9, 0},    // subscriber absent
    {1, 404, 3, 0},     // unallocated number
    {34, 503, 2, 0},    // no circuit available
}};
constexpr uint32_t kUnallocatedFailure = 5;

// Mobile numbers that are called for the first time: also those of people elsewhere, so that the
// callers of a small city do not run out of numbers.
uint32_t Strangers(const City& city) { return std::max(city.mobiles(), 1'000'000u); }

PhoneNumber FromDigits(uint64_t digits) { return PhoneNumber::FromPacked(digits); }

PhoneNumber Contact(const City& city, uint32_t caller, Rng& rng) {
  constexpr uint32_t kCircle = 12;
  static const std::array<PhoneNumber, 3> kServices{*PhoneNumber::ShortCode("10086"),
                                                    *PhoneNumber::ShortCode("12345"),
                                                    *PhoneNumber::ShortCode("4005550100")};
  const uint32_t choice = rng.Below(100);
  if (choice < 2) return kServices[rng.Below(kServices.size())];
  if (choice < 14) return FromDigits(kLandlines + rng.Below(kLandlineCount));
  if (choice < 30) return FromDigits(MobileDigits(rng.Below(city.mobiles())));
  const uint32_t friend_index = rng.Skewed(0, kCircle - 1);
  Rng circle(Combine(Combine(city.KeyOf(caller), kCircleSeed), friend_index));
  return FromDigits(MobileDigits(circle.Below(city.mobiles())));
}

// Half of the diallers count upwards from a number of their own, the others dial at random.
PhoneNumber Dialled(const City& city, uint32_t caller, uint32_t day, uint32_t k, Rng& rng) {
  Rng own(Combine(city.KeyOf(caller), kFirstCalled));
  const bool sequential = own.Below(2) == 0;
  if (rng.Below(100) < 4) return FromDigits(kUnallocated + rng.Below(10'000'000));
  const uint32_t strangers = Strangers(city);
  if (!sequential) return FromDigits(MobileDigits(rng.Below(strangers)));
  const uint64_t made_before = uint64_t{day} * city.callers()[caller].calls_high + k;
  return FromDigits(
      MobileDigits(static_cast<uint32_t>((own.Below(strangers) + made_before) % strangers)));
}

PhoneNumber Called(const City& city, uint32_t caller, uint32_t day, uint32_t k, Rng& rng) {
  const Caller& who = city.callers()[caller];
  switch (BehaviourOf(who.role).dialling) {
    case Dialling::kContacts:
      return Contact(city, caller, rng);
    case Dialling::kNewNumbers:
      return FromDigits(MobileDigits(rng.Below(Strangers(city))));
    case Dialling::kSequentialOrRandom:
      return Dialled(city, caller, day, k, rng);
    case Dialling::kVictim:
      return city.callers()[city.victim()].number;
  }
  return {};
}

bool Unallocated(PhoneNumber number) {
  return number.packed() >= kUnallocated && number.packed() < kOtherCarrier;
}

uint32_t PickFailure(Rng& rng) {
  uint32_t ticket = rng.Below(100);
  uint32_t index = 0;
  while (ticket >= kFailures[index].weight) ticket -= kFailures[index++].weight;
  return index;
}

// Milliseconds, around a mean in seconds.
int64_t Spread(Rng& rng, uint32_t mean_seconds) { return rng.Exponential(mean_seconds * 1000); }

void Fail(Call& call, bool sip, uint32_t failure, Rng& rng) {
  constexpr int64_t kLongestRing = 60'000;
  const Failure& how = kFailures[failure];
  call.cause = sip ? Cause{Cause::Scheme::kSip, how.sip} : Cause{Cause::Scheme::kQ850, how.q850};
  int64_t ring = 300 + rng.Below(2'000);
  if (how.ring_seconds > 0) ring += Spread(rng, how.ring_seconds);
  call.release = call.setup + std::min(ring, kLongestRing);
}

}  // namespace

Call MakeCall(const City& city, uint32_t caller, uint32_t day, uint32_t k, int64_t setup) {
  const Caller& who = city.callers()[caller];
  const Behaviour& behaviour = BehaviourOf(who.role);
  Rng rng(Combine(Combine(Combine(city.KeyOf(caller), kDetails), day), k));
  Call call;
  call.caller = caller;
  call.setup = setup;
  call.trunk = static_cast<uint16_t>(who.trunk + rng.Below(who.trunk_count));
  call.called = Called(city, caller, day, k, rng);
  // Calls from other networks come over SIP, those of the carrier's own lines over ISUP.
  const bool sip = who.role == Role::kForeign || who.role == Role::kBombCaller;
  if (Unallocated(call.called)) {
    Fail(call, sip, kUnallocatedFailure, rng);
  } else if (rng.Below(100) >= behaviour.answered_percent) {
    Fail(call, sip, PickFailure(rng), rng);
  } else {
    constexpr int64_t kLongestTalk = 2 * 3'600'000;
    call.answer = setup + 1'000 + std::min<int64_t>(Spread(rng, behaviour.ring_seconds), 55'000);
    call.release = *call.answer + 500 + std::min(Spread(rng, behaviour.talk_seconds), kLongestTalk);
    call.cause = sip ? Cause{Cause::Scheme::kSip, 200} : Cause{Cause::Scheme::kQ850, 16};
  }
  return call;
}

}  // namespace ringfence::generate
