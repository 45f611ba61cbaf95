// Threads share the work, and nobody can tell from the results.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "detector/call_router.h"
#include "detector/detector.h"
#include "detector/number_blocks.h"
#include "detector/routed_pieces.h"
#include "detector/worker_team.h"
#include "tests/unit/detector/calls.h"
#include "tests/unit/detector/detections_text.h"

namespace ringfence {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Gt;
using testing::IsEmpty;
using testing::Lt;
using testing::Not;
using testing::SizeIs;

constexpr int kCallers = 10;

std::shared_ptr<const SubjectDirectory> Ledger() {
  auto directory = std::make_shared<SubjectDirectory>();
  directory->AddLine(LineId("a"), CustomerId("c"), 900);
  directory->AddLine(LineId("b"), CustomerId("c"), 400);
  for (int i = 0; i < 4; ++i) directory->AddNumber(LineId("a"), CallerElsewhere(i));
  directory->AddNumber(LineId("b"), CallerElsewhere(4));
  return directory;
}

// Out of order by up to an hour and a few seconds more: some are late.
std::vector<Cdr> CallsEvery(Duration gap, int count) {
  std::mt19937 random(7);
  std::vector<Cdr> calls;
  for (int i = 0; i < count; ++i) {
    const EventTime now = kMidnight + i * gap;
    const bool behind = random() % 4 == 0;
    const EventTime setup = behind ? now - static_cast<int>(random() % 3'610) * kSecond : now;
    // Some call much more often than others.
    const auto caller = static_cast<int>(std::min(random() % kCallers, random() % kCallers));
    calls.push_back(Call(CallerElsewhere(caller), setup, std::to_string(i)));
  }
  return calls;
}

std::vector<Cdr> TwoDays() { return CallsEvery(4 * kSecond, 40'000); }

struct Outcome {
  std::string detections;
  std::vector<size_t> late;
  std::string snapshot;
};

Outcome OutcomeOf(const std::vector<Cdr>& calls, size_t shards, size_t batch,
                  DetectorOptions options = {}) {
  options.shards = shards;
  Detector detector(options, Ledger());
  std::vector<Detection> detections;
  Outcome outcome;
  for (size_t from = 0; from < calls.size(); from += batch) {
    std::vector<size_t> late;
    const size_t size = std::min(batch, calls.size() - from);
    detector.Consume({calls.data() + from, size}, detections, late);
    for (const size_t index : late) outcome.late.push_back(from + index);
  }
  outcome.detections = Print(detections);
  outcome.snapshot = detector.Snapshot();
  return outcome;
}

TEST(Shards, AnyCountHasTheSameDetectionsLateRecordsAndSnapshot) {
  const std::vector<Cdr> calls = TwoDays();
  const Outcome alone = OutcomeOf(calls, 1, calls.size());
  EXPECT_THAT(alone.detections, Not(IsEmpty()));
  EXPECT_THAT(alone.late, Not(IsEmpty()));
  for (const size_t shards : {2, 3, 5}) {
    for (const size_t batch : {size_t{700}, size_t{3'000}, calls.size()}) {
      const Outcome together = OutcomeOf(calls, shards, batch);
      EXPECT_EQ(together.detections, alone.detections) << shards << " shards, batch " << batch;
      EXPECT_EQ(together.late, alone.late) << shards << " shards, batch " << batch;
      EXPECT_EQ(together.snapshot, alone.snapshot) << shards << " shards, batch " << batch;
    }
  }
}

// Then threads need not wait for each other but after many pieces, of which these calls have more.
TEST(Shards, AnyCountHasTheSameResultsWithoutRulesForGroups) {
  const std::vector<Cdr> calls = CallsEvery(kSecond, 150'000);
  DetectorOptions options;
  options.rules = {FrequencyRule{}};
  const Outcome alone = OutcomeOf(calls, 1, calls.size(), options);
  EXPECT_THAT(alone.detections, Not(IsEmpty()));
  for (const size_t shards : {2, 3}) {
    const Outcome together = OutcomeOf(calls, shards, calls.size(), options);
    EXPECT_EQ(together.detections, alone.detections) << shards << " shards";
    EXPECT_EQ(together.late, alone.late) << shards << " shards";
    EXPECT_EQ(together.snapshot, alone.snapshot) << shards << " shards";
  }
}

TEST(Shards, ASnapshotGoesOnWithAnotherCount) {
  const std::vector<Cdr> calls = TwoDays();
  DetectorOptions options;
  options.shards = 2;
  Detector detector(options, Ledger());
  std::vector<Detection> detections;
  std::vector<size_t> late;
  detector.Consume({calls.data(), 20'000}, detections, late);
  options.shards = 3;
  auto restored = Detector::Restore(detector.Snapshot(), options, Ledger());
  ASSERT_TRUE(restored.ok()) << restored.status();
  restored->Consume({calls.data() + 20'000, 20'000}, detections, late);
  EXPECT_EQ(Print(detections), OutcomeOf(calls, 1, calls.size()).detections);
}

// The first that comes out of order has those behind it wait on their way to the number's state.
TEST(Batches, OneNumberAloneIsJudgedAsCallByCall) {
  std::mt19937 random(11);
  std::vector<Cdr> calls;
  for (int i = 0; i < 20'000; ++i) {
    const int back = random() % 8 == 0 ? static_cast<int>(random() % 600) : 0;
    const EventTime setup = kMidnight + (i - back) * kSecond;
    calls.push_back(Call(CallerElsewhere(1), setup, std::to_string(i)));
  }
  const Outcome at_once = OutcomeOf(calls, 1, calls.size());
  const Outcome one_by_one = OutcomeOf(calls, 1, 1);
  EXPECT_THAT(at_once.detections, Not(IsEmpty()));
  EXPECT_EQ(at_once.detections, one_by_one.detections);
  EXPECT_EQ(at_once.snapshot, one_by_one.snapshot);
}

TEST(Shards, NoneAndTooManyAreRefused) {
  DetectorOptions options;
  options.shards = 0;
  EXPECT_FALSE(CheckOptions(options).ok());
  options.shards = kMaxShards + 1;
  EXPECT_FALSE(CheckOptions(options).ok());
  options.shards = kMaxShards;
  EXPECT_TRUE(CheckOptions(options).ok());
}

std::vector<int> BlocksByShard(size_t shards, uint64_t blocks) {
  constexpr uint64_t kBlock = 861'380'000;
  std::vector<int> count(shards);
  for (uint64_t block = kBlock; block < kBlock + blocks; ++block) {
    ++count[ShardOf(block * kBlockNumbers, shards)];
  }
  return count;
}

TEST(ShardOf, ABlockIsInOneShard) {
  constexpr uint64_t kFirst = 861'380'000 * kBlockNumbers;
  for (uint64_t i = 1; i < kBlockNumbers; ++i) {
    ASSERT_EQ(ShardOf(kFirst + i, 5), ShardOf(kFirst, 5)) << i;
  }
}

TEST(ShardOf, OneShardHoldsAll) { EXPECT_THAT(BlocksByShard(1, 100), ElementsAre(100)); }

TEST(ShardOf, BlocksAreSpreadEvenly) {
  for (const size_t shards : {2, 4, 9}) {
    for (const int blocks : BlocksByShard(shards, 1'000 * shards)) EXPECT_NEAR(blocks, 1'000, 5);
  }
}

// Blocks one behind the other, and every tenth.
TEST(BlockSpread, TheBlocksOfAShardLieEvenlyInItsTables) {
  constexpr uint64_t kBlock = 861'380'000;
  for (const size_t shards : {1, 2, 7, 64}) {
    const BlockSpread spread(shards);
    for (const uint64_t step : {1, 10}) {
      std::vector<int> places(16);
      for (uint64_t i = 0; i < 1'600 * shards; ++i) {
        const uint64_t block = kBlock + i * step;
        if (ShardOf(block * kBlockNumbers, shards) == shards / 2) ++places[spread.Of(block) >> 60];
      }
      EXPECT_THAT(places, Each(AllOf(Gt(90), Lt(110)))) << shards << " shards, step " << step;
    }
  }
}

TEST(ShardOf, NoNumberIsOutsideAllShards) {
  std::mt19937_64 random(3);
  for (size_t shards = 1; shards <= kMaxShards; ++shards) {
    for (int i = 0; i < 2'000; ++i) ASSERT_LT(ShardOf(random(), shards), shards);
  }
}

std::vector<Cdr> TwoInTimeAndALateOne() {
  return {
      Call(CallerElsewhere(0), kMidnight + 2 * kHour),
      Call(CallerElsewhere(0), kMidnight + kMinute),
      Call(CallerElsewhere(0), kMidnight + 90 * kMinute),
  };
}

// Routes records as one piece.
class RoutedTest : public testing::Test {
 protected:
  void Route(const std::vector<Cdr>& calls, size_t shards) {
    pieces_.emplace(shards);
    pieces_->Begin(calls, 0, calls.size(), kMidnight);
    pieces_->Publish(router_.Route(calls, 0, pieces_->EndsOf(0), late_));
  }
  RoutedPiece Of(size_t shard) const { return pieces_->Await(0, shard); }

  const CallRouter router_{kHour};
  std::optional<RoutedPieces> pieces_;
  std::vector<size_t> late_;
};

TEST_F(RoutedTest, ALateRecordIsInNoShard) {
  Route(TwoInTimeAndALateOne(), 1);
  EXPECT_THAT(late_, ElementsAre(1));
  EXPECT_THAT(Of(0).calls, SizeIs(2));
  EXPECT_EQ(Of(0).newest, kMidnight + 2 * kHour);
}

TEST_F(RoutedTest, EachCallIsInTheShardOfItsNumberAndInNoOther) {
  std::vector<Cdr> calls;
  for (int i = 0; i < 1'000; ++i) {
    const uint64_t number = 8'613'800'000'000 + uint64_t{10'007} * static_cast<uint64_t>(i);
    calls.push_back(Call(CallingNumber(PhoneNumber::FromPacked(number)), kMidnight));
  }
  for (const size_t shards : {2, 3, 7, 64}) {
    Route(calls, shards);
    size_t taken = 0;
    for (size_t shard = 0; shard < shards; ++shard) {
      taken += Of(shard).calls.size();
      for (const RoutedCall& call : Of(shard).calls) {
        EXPECT_EQ(ShardOf(call.number, shards), shard);
      }
    }
    EXPECT_EQ(taken, calls.size()) << shards << " shards";
  }
}

TEST_F(RoutedTest, ACallKnowsItsRecordAndTheNewestTimeBeforeIt) {
  const std::vector<Cdr> calls = TwoInTimeAndALateOne();
  Route(calls, 1);
  const RoutedPiece piece = Of(0);
  EXPECT_EQ(&piece.CdrOf(piece.calls[1]), &calls[2]);
  EXPECT_EQ(piece.NewestOf(piece.calls[1]), kMidnight + 2 * kHour);
}

TEST(RoutedPieces, EachIsRoutedByOneAndInTheirOrder) {
  RoutedPieces pieces(2);
  const std::vector<Cdr> calls(kPieceSize + 1);
  pieces.Begin(calls, 0, calls.size(), kMidnight);
  EXPECT_EQ(pieces.count(), 2U);
  EXPECT_FALSE(pieces.Claim(1));
  EXPECT_TRUE(pieces.Claim(0));
  EXPECT_FALSE(pieces.Claim(0));
  EXPECT_FALSE(pieces.Claim(1));  // the one before is under way
  pieces.Publish(kMidnight);
  EXPECT_FALSE(pieces.Claim(0));
  EXPECT_TRUE(pieces.Claim(1));
}

TEST(RoutedPiece, ACallHasTheTimeOfItsRecordWhateverItsPrecision) {
  for (const EventTime setup : {kMidnight, kMidnight + Duration(1), FromUnixMicros(-1)}) {
    const Cdr cdr = Call(CallerElsewhere(0), setup);
    RoutedPiece piece;
    piece.records = &cdr;
    RoutedCall call;
    call.seconds = SecondsOf(setup);
    EXPECT_EQ(piece.SetupOf(call), setup);
  }
}

TEST(RoutedPieces, APieceIsThereOnceItIsPublishedAndStays) {
  RoutedPieces pieces(2);
  const std::vector<Cdr> calls(3 * kPieceSize);
  pieces.Begin(calls, 0, calls.size(), kMidnight);
  std::vector<size_t> sizes;
  std::thread judging([&] {
    for (size_t piece = 0; piece < 3; ++piece) sizes.push_back(pieces.Await(piece, 1).calls.size());
  });
  for (uint32_t piece = 0; piece < 3; ++piece) {
    for (uint32_t i = 0; i <= piece; ++i) *pieces.EndsOf(piece).calls[1]++ = RoutedCall{};
    pieces.Publish(kMidnight + static_cast<int>(piece) * kSecond);
  }
  judging.join();
  EXPECT_THAT(sizes, ElementsAre(1, 2, 3));
  EXPECT_EQ(pieces.Await(1, 0).newest, kMidnight + kSecond);
  EXPECT_THAT(pieces.Await(2, 0).calls, IsEmpty());
}

// What came before them decides what is late, here as there.
TEST(CallRouter, MembersAreFoundFromSomeRecordOn) {
  const CallRouter router(kHour);
  std::vector<Cdr> calls = TwoInTimeAndALateOne();
  calls.push_back(Call(CallerElsewhere(9), kMidnight + 2 * kHour));  // not in the ledger
  const auto directory = Ledger();
  std::vector<MemberCall> members;
  router.AddMembers(calls, 1, 100, kMidnight, *directory, members);
  ASSERT_THAT(members, SizeIs(1));
  EXPECT_EQ(members[0].record, 102u);
}

TEST(WorkerTeam, EachMemberDoesEachJobOnce) {
  WorkerTeam team(3);
  std::vector<int> done(3);  // each member has its own
  for (int i = 0; i < 1'000; ++i) team.Run([&](size_t member) { ++done[member]; });
  EXPECT_THAT(done, Each(1'000));
}

TEST(WorkerTeam, AJobSeesWhatTheOneBeforeDid) {
  WorkerTeam team(2);
  int written = 0;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 1'000; ++i) {
    team.Run([&](size_t member) {
      if (member == 1) written = i;
    });
    team.Run([&](size_t) { wrong += written == i ? 0 : 1; });
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace ringfence
