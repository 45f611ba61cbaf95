// In which order requests leave, which never do, and what is said of them meanwhile.
#include <gtest/gtest.h>

#include "blocker/action_sink.h"
#include "blocker/delivery/request_queue.h"
#include "tests/unit/blocker/delivery/requests.h"

namespace ringfence {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class QueueTest : public testing::Test {
 protected:
  using TimePoint = RequestQueue::TimePoint;

  // "a1 suspend", "" for nothing.
  std::string Take() {
    taken_ = queue_.Take(now_);
    if (!taken_) return "";
    return taken_->action.id.value() + " " + std::string(CommandName(taken_->command));
  }
  void Answer(const absl::Status& outcome) { queue_.Finish(*taken_, outcome, now_); }
  absl::Status Post(const Request& request) { return queue_.Post(request, now_); }

  QueueOptions options_{.receiver = "test", .max_dispatches = 3, .max_answered = 2};
  RequestQueue queue_{options_};
  TimePoint now_{minutes(60)};
  std::optional<Request> taken_;
};

TEST_F(QueueTest, WhatIsTakenIsPendingUntilItIsAnswered) {
  EXPECT_TRUE(IsPending(Post(SuspendRequest("a1", 1))));
  EXPECT_TRUE(queue_.Waits(ActionId("a1"), false, now_));
  EXPECT_EQ(Take(), "a1 suspend");
  EXPECT_TRUE(IsPending(Post(SuspendRequest("a1", 1))));
  EXPECT_EQ(Take(), "");
  Answer(absl::OkStatus());
  EXPECT_FALSE(queue_.Waits(ActionId("a1"), false, now_));
  EXPECT_TRUE(Post(SuspendRequest("a1", 1)).ok());
  EXPECT_TRUE(Post(SuspendRequest("a1", 1)).ok());  // remembered: not sent again
  EXPECT_EQ(Take(), "");
}

TEST_F(QueueTest, ARefusalIsTheLastWordOnASuspension) {
  Post(SuspendRequest("a1", 1)).IgnoreError();
  Take();
  Answer(absl::InvalidArgumentError("no such line"));
  EXPECT_TRUE(absl::IsInvalidArgument(Post(SuspendRequest("a1", 1))));
  EXPECT_EQ(Take(), "");
}

TEST_F(QueueTest, AFailureIsToldOnceAndTriedAgainLater) {
  Post(SuspendRequest("a1", 1)).IgnoreError();
  Take();
  Answer(absl::DeadlineExceededError("no answer"));
  EXPECT_FALSE(queue_.Waits(ActionId("a1"), false, now_));
  EXPECT_TRUE(absl::IsDeadlineExceeded(Post(SuspendRequest("a1", 1))));
  EXPECT_TRUE(IsPending(Post(SuspendRequest("a1", 1))));
  EXPECT_EQ(Take(), "");
  now_ = *queue_.NextAt();
  EXPECT_EQ(Take(), "a1 suspend");
  EXPECT_EQ(taken_->attempt, 2u);
}

TEST_F(QueueTest, ASuspensionThatWaitsPastItsProofIsForgottenUnsent) {
  Post(SuspendRequest("a1", 1)).IgnoreError();
  now_ += options_.max_proof_age + milliseconds(1);
  EXPECT_EQ(Take(), "");
  EXPECT_FALSE(queue_.Waits(ActionId("a1"), false, now_));
  EXPECT_EQ(queue_.NextAt(), std::nullopt);
  EXPECT_TRUE(IsPending(Post(SuspendRequest("a1", 1))));  // proved again
  EXPECT_EQ(Take(), "a1 suspend");
}

TEST_F(QueueTest, AFreshProofLetsItWaitOn) {
  Post(SuspendRequest("a1", 1)).IgnoreError();
  now_ += options_.max_proof_age;
  Post(SuspendRequest("a1", 1)).IgnoreError();
  now_ += options_.max_proof_age;
  EXPECT_EQ(Take(), "a1 suspend");
}

TEST_F(QueueTest, OneThatLiesTooLongIsToBeProvedAgainAlsoDuringAPause) {
  Post(SuspendRequest("a1", 1)).IgnoreError();
  Take();
  Answer(absl::DeadlineExceededError("no answer"));
  Post(SuspendRequest("a1", 1)).IgnoreError();
  EXPECT_TRUE(queue_.Waits(ActionId("a1"), false, now_));
  now_ += options_.max_proof_age + milliseconds(1);
  EXPECT_FALSE(queue_.Waits(ActionId("a1"), false, now_));
}

TEST_F(QueueTest, ARestorationIsNeverTooOld) {
  Post(RestoreRequest("a1", 2)).IgnoreError();
  now_ += minutes(60 * 24);
  EXPECT_EQ(Take(), "a1 restore");
}

TEST_F(QueueTest, RestorationsLeaveBeforeSuspensionsThatCameEarlier) {
  for (const char* id : {"a1", "a2", "a3"}) Post(SuspendRequest(id, 1)).IgnoreError();
  Post(RestoreRequest("b1", 2)).IgnoreError();
  EXPECT_EQ(Take(), "b1 restore");
  EXPECT_EQ(Take(), "a1 suspend");
}

TEST_F(QueueTest, ARestorationTakesTheSuspensionOfItsActionOutOfTheQueue) {
  Post(SuspendRequest("a1", 1)).IgnoreError();
  Post(RestoreRequest("a1", 2)).IgnoreError();
  EXPECT_EQ(Take(), "a1 restore");
  Answer(absl::OkStatus());
  EXPECT_EQ(Take(), "");
}

TEST_F(QueueTest, ASuspensionUnderWayIsNotRepeatedOnceItsRestorationCame) {
  Post(SuspendRequest("a1", 1)).IgnoreError();
  Take();
  const Request sent = *taken_;
  Post(RestoreRequest("a1", 2)).IgnoreError();
  queue_.Finish(sent, absl::DeadlineExceededError("no answer"), now_);
  EXPECT_EQ(Take(), "a1 restore");  // and does not wait for the failure's pause
  Answer(absl::OkStatus());
  now_ += minutes(10);
  EXPECT_EQ(Take(), "");
}

TEST_F(QueueTest, AnAnswerToTheSuspensionIsNoneToItsRestoration) {
  Post(SuspendRequest("a1", 1)).IgnoreError();
  Take();
  const Request sent = *taken_;
  Post(RestoreRequest("a1", 2)).IgnoreError();
  queue_.Finish(sent, absl::OkStatus(), now_);
  EXPECT_TRUE(IsPending(Post(RestoreRequest("a1", 2))));
}

TEST_F(QueueTest, NothingIsTakenOfAnActionThatIsBeingTakenBack) {
  Post(RestoreRequest("a1", 2)).IgnoreError();
  EXPECT_FALSE(Post(SuspendRequest("a1", 2)).ok());
  EXPECT_EQ(Take(), "a1 restore");
  EXPECT_EQ(Take(), "");
}

TEST_F(QueueTest, ARefusedRestorationIsTriedAgainForEver) {
  Post(RestoreRequest("a1", 2)).IgnoreError();
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(Take(), "a1 restore") << i;
    Answer(absl::InvalidArgumentError("I won't"));
    EXPECT_FALSE(Post(RestoreRequest("a1", 2)).ok());
    now_ = *queue_.NextAt();
  }
}

TEST_F(QueueTest, ANewRestorationDoesNotWaitForThePauseAfterAFailure) {
  Post(SuspendRequest("a1", 1)).IgnoreError();
  Take();
  Answer(absl::DeadlineExceededError("no answer"));
  EXPECT_EQ(Take(), "");
  Post(RestoreRequest("b1", 2)).IgnoreError();
  EXPECT_EQ(Take(), "b1 restore");
}

TEST_F(QueueTest, ALaterStateReplacesTheEarlierOne) {
  Post(SuspendRequest("a1", 1)).IgnoreError();
  Request longer = SuspendRequest("a1", 5);
  longer.action.expires.reset();
  EXPECT_TRUE(IsPending(Post(longer)));
  EXPECT_EQ(Take(), "a1 suspend");
  EXPECT_EQ(taken_->sequence, 5);
  EXPECT_EQ(Take(), "");
}

TEST_F(QueueTest, PastItsBoundItRefusesSuspensionsAndTakesRestorations) {
  for (const char* id : {"a1", "a2", "a3"}) Post(SuspendRequest(id, 1)).IgnoreError();
  EXPECT_TRUE(absl::IsResourceExhausted(Post(SuspendRequest("a4", 1))));
  EXPECT_FALSE(queue_.Waits(ActionId("a4"), false, now_));
  EXPECT_TRUE(IsPending(Post(RestoreRequest("a5", 1))));
}

TEST_F(QueueTest, TheOldestAnswersAreForgotten) {
  for (const char* id : {"a1", "a2", "a3"}) {
    Post(SuspendRequest(id, 1)).IgnoreError();
    Take();
    Answer(absl::OkStatus());
  }
  EXPECT_TRUE(Post(SuspendRequest("a3", 1)).ok());
  EXPECT_TRUE(IsPending(Post(SuspendRequest("a1", 1))));  // sent again; the receiver knows it
}

TEST(BackoffTest, DoublesUpToItsBoundWithinTheUpperHalf) {
  Backoff backoff({.first = milliseconds(100), .most = seconds(5), .seed = 1});
  milliseconds expected(100);
  for (int i = 0; i < 40; ++i) {
    const milliseconds wait = backoff.Next();
    EXPECT_GE(wait, expected / 2);
    EXPECT_LE(wait, expected);
    expected = std::min<milliseconds>(expected * 2, seconds(5));
  }
  backoff.Reset();
  EXPECT_LE(backoff.Next(), milliseconds(100));
}

TEST(BackoffTest, ASeedGivesTheSameWaitsAndAnotherSeedOthers) {
  const auto waits = [](uint64_t seed) {
    Backoff backoff({.seed = seed});
    std::vector<milliseconds> all;
    for (int i = 0; i < 8; ++i) all.push_back(backoff.Next());
    return all;
  };
  EXPECT_EQ(waits(7), waits(7));
  EXPECT_NE(waits(7), waits(8));
}

}  // namespace
}  // namespace ringfence
