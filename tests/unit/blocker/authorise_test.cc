// Rule R0, branch by branch.
#include "blocker/authorise.h"

#include <gtest/gtest.h>

#include "tests/unit/blocker/blocker_doubles.h"

namespace ringfence {
namespace {

// A case that is authorised; each test spoils one thing.
struct Case {
  Proposal proposal{kCaller, ActionKind::kSuspend, RuleMode::kEnforce,
                    kNoon - std::chrono::minutes(1)};
  absl::StatusOr<Listing> listing = LineListing(kCaller);
  bool on_floor = false;
  bool person_decided = false;
  bool armed = true;
  BreakerAnswer breaker = BreakerAnswer::kAllowed;
  AuthoriseLimits limits;

  Authorisation Ask() const {
    return Authorise(proposal, {listing, on_floor, person_decided, armed, breaker, kNoon}, limits);
  }
};

std::string Verdict(const Authorisation& answer) {
  if (const auto* held = std::get_if<Held>(&answer)) {
    return "held " + std::string(HoldReasonName(held->reason));
  }
  if (const auto* refused = std::get_if<Refused>(&answer)) {
    return "refused " + std::string(RefuseReasonName(refused->reason));
  }
  return "authorised";
}

TEST(Authorise, SuspensionOfAnUnlistedLineCarriesTheListThatProvedIt) {
  const Authorisation answer = Case{}.Ask();
  ASSERT_TRUE(std::holds_alternative<Authorised>(answer));
  EXPECT_EQ(std::get<Authorised>(answer).list, (ListVersion{7, 42, "d16e57"}));
}

TEST(Authorise, BlockOfAnUnlistedForeignNumberIsAuthorised) {
  Case c;
  c.proposal.action = ActionKind::kBlock;
  c.listing = ListingOf(kCaller);
  EXPECT_EQ(Verdict(c.Ask()), "authorised");
}

TEST(Authorise, AWarnedLineMayBeSuspended) {
  Case c;
  c.listing->owner->status = LineStatus::kWarned;
  EXPECT_EQ(Verdict(c.Ask()), "authorised");
}

TEST(Authorise, NoNumberIsRefused) {
  Case c;
  c.proposal.number = CallingNumber();
  EXPECT_EQ(Verdict(c.Ask()), "refused nothing-to-do");
}

TEST(Authorise, OnlySuspendAndBlockAreActions) {
  Case c;
  for (const ActionKind kind : {ActionKind::kNone, ActionKind::kHeld}) {
    c.proposal.action = kind;
    EXPECT_EQ(Verdict(c.Ask()), "refused nothing-to-do");
  }
}

TEST(Authorise, ObserveModeIsRefused) {
  Case c;
  c.proposal.mode = RuleMode::kObserve;
  EXPECT_EQ(Verdict(c.Ask()), "refused observe-mode");
}

TEST(Authorise, TheFloorIsRefusedWhateverTheListsSay) {
  Case c;
  c.on_floor = true;
  EXPECT_EQ(Verdict(c.Ask()), "refused protected-floor");
}

TEST(Authorise, AFailedLookUpIsHeldWithItsError) {
  Case c;
  c.listing = absl::UnavailableError("unix:/run/redis.sock: no answer");
  const Authorisation answer = c.Ask();
  EXPECT_EQ(Verdict(answer), "held listing-unknown");
  EXPECT_NE(std::get<Held>(answer).detail.find("redis.sock"), std::string::npos);
}

TEST(Authorise, AListingOfAnotherNumberIsNoProof) {
  Case c;
  c.listing = LineListing(Caller("+866315550002"));
  EXPECT_EQ(Verdict(c.Ask()), "held listing-mismatch");
}

TEST(Authorise, AListingWithoutAVersionIsNoProof) {
  Case c;
  c.listing->list.version = 0;
  EXPECT_EQ(Verdict(c.Ask()), "held no-manifest");
}

TEST(Authorise, AListingWithoutADigestIsNoProof) {
  Case c;
  c.listing->list.digest.clear();
  EXPECT_EQ(Verdict(c.Ask()), "held no-manifest");
}

TEST(Authorise, AListingAsOldAsTheBoundIsStillFresh) {
  Case c;
  c.listing->read_at = kNoon - c.limits.listing_age_max;
  EXPECT_EQ(Verdict(c.Ask()), "authorised");
  c.listing->read_at -= Duration(1);
  EXPECT_EQ(Verdict(c.Ask()), "held listing-stale");
}

TEST(Authorise, AListingOfTheFutureIsNoProof) {
  Case c;
  c.listing->read_at = kNoon + c.limits.listing_age_max;
  EXPECT_EQ(Verdict(c.Ask()), "authorised");  // clocks of two machines differ
  c.listing->read_at += Duration(1);
  EXPECT_EQ(Verdict(c.Ask()), "held listing-stale");
}

TEST(Authorise, AProtectedNumberIsRefused) {
  Case c;
  for (const Protection protection : {Protection::kPublicService, Protection::kProtectedClass}) {
    c.listing->protection = protection;
    EXPECT_EQ(Verdict(c.Ask()), "refused protected");
  }
}

TEST(Authorise, AProtectedClassIsRefusedEvenIfTheListingForgotToSaySo) {
  Case c;
  for (const LineClass line_class : {LineClass::kHospital, LineClass::kGovernment,
                                     LineClass::kUtility, LineClass::kDisasterWarning}) {
    c.listing->owner->line_class = line_class;
    EXPECT_EQ(Verdict(c.Ask()), "refused protected");
  }
}

TEST(Authorise, AWhitelistedNumberIsRefused) {
  Case c;
  c.listing->whitelisted = true;
  EXPECT_EQ(Verdict(c.Ask()), "refused whitelisted");
}

TEST(Authorise, SuspendOfWhatIsNoLineIsRefused) {
  Case c;
  c.listing = ListingOf(kCaller);
  EXPECT_EQ(Verdict(c.Ask()), "refused owner-changed");
}

TEST(Authorise, BlockOfALedgerLineIsRefused) {
  Case c;
  c.proposal.action = ActionKind::kBlock;
  EXPECT_EQ(Verdict(c.Ask()), "refused owner-changed");
}

TEST(Authorise, ALineThatIsOffIsRefused) {
  Case c;
  for (const LineStatus status : {LineStatus::kSuspended, LineStatus::kClosed}) {
    c.listing->owner->status = status;
    EXPECT_EQ(Verdict(c.Ask()), "refused line-off");
  }
}

// A value that this program does not know, as from a store that a newer one wrote.
TEST(Authorise, ALineOfUnknownStatusIsRefused) {
  Case c;
  c.listing->owner->status = static_cast<LineStatus>(99);
  EXPECT_EQ(Verdict(c.Ask()), "refused line-off");
}

TEST(Authorise, EvidenceOlderThanItsBoundIsRefused) {
  Case c;
  c.limits.evidence_age_max = std::chrono::minutes(1);
  EXPECT_EQ(Verdict(c.Ask()), "authorised");
  c.proposal.evidence_at -= Duration(1);
  EXPECT_EQ(Verdict(c.Ask()), "refused evidence-too-old");
}

TEST(Authorise, EvidenceFurtherAheadThanItsBoundIsHeld) {
  Case c;
  c.limits.evidence_ahead_max = std::chrono::minutes(3);
  c.proposal.evidence_at = kNoon + std::chrono::minutes(3);
  EXPECT_EQ(Verdict(c.Ask()), "authorised");
  c.proposal.evidence_at += Duration(1);
  EXPECT_EQ(Verdict(c.Ask()), "held evidence-ahead");
  c.limits.evidence_ahead_max.reset();
  EXPECT_EQ(Verdict(c.Ask()), "authorised");
}

TEST(Authorise, WhatAPersonGaveFreeIsHeld) {
  Case c;
  c.person_decided = true;
  EXPECT_EQ(Verdict(c.Ask()), "held person-decided");
}

TEST(Authorise, EveryBoundOfTheBreakerHolds) {
  Case c;
  c.breaker = BreakerAnswer::kMinute;
  EXPECT_EQ(Verdict(c.Ask()), "held breaker-minute");
  c.breaker = BreakerAnswer::kDay;
  EXPECT_EQ(Verdict(c.Ask()), "held breaker-day");
  c.breaker = BreakerAnswer::kCustomerDay;
  EXPECT_EQ(Verdict(c.Ask()), "held breaker-customer");
}

TEST(Authorise, AnUnknownAnswerOfTheBreakerIsHeld) {
  Case c;
  c.breaker = static_cast<BreakerAnswer>(99);
  EXPECT_EQ(Verdict(c.Ask()), "held breaker-day");
}

TEST(Authorise, NothingIsAuthorisedWhileDisarmed) {
  Case c;
  c.armed = false;
  EXPECT_EQ(Verdict(c.Ask()), "held disarmed");
}

TEST(Authorise, WhatIsRefusedForGoodIsRefusedAlsoWhileDisarmed) {
  Case c;
  c.armed = false;
  c.listing->whitelisted = true;
  EXPECT_EQ(Verdict(c.Ask()), "refused whitelisted");
}

TEST(Authorise, FactsThatNameNoBreakerAreHeld) {
  Case c;
  const DispatchFacts facts{.listing = c.listing, .armed = true, .now = kNoon};
  EXPECT_EQ(Verdict(Authorise(c.proposal, facts, {})), "held breaker-day");
}

TEST(Authorise, FactsThatDoNotSayThatItIsArmedAreHeld) {
  Case c;
  const DispatchFacts facts{.listing = c.listing, .breaker = BreakerAnswer::kAllowed, .now = kNoon};
  EXPECT_EQ(Verdict(Authorise(c.proposal, facts, {})), "held disarmed");
}

}  // namespace
}  // namespace ringfence
