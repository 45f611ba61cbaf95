#include "detector/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "detector/detector.h"
#include "ingest/model/bytes.h"
#include "tests/unit/detector/calls.h"

namespace ringfence {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string SomeSnapshot() {
  DetectorOptions options = NumberOptions(5);
  options.rules[0].warning_percent = 60;
  Detector detector(options, nullptr);
  Feed(detector, Calls(Caller(1), kMidnight, kMinute, 8, "a record id too long for its place "));
  Feed(detector, Calls(Caller(2), kMidnight, kMinute, 4));
  return detector.Snapshot();
}

TEST(Snapshot, OfANewDetectorRestoresToANewDetector) {
  const Detector fresh(NumberOptions(5), nullptr);
  const auto restored = Detector::Restore(fresh.Snapshot(), NumberOptions(5), nullptr);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->stats().newest, std::nullopt);
  EXPECT_EQ(restored->Snapshot(), fresh.Snapshot());
}

TEST(Snapshot, DoesNotDependOnTheOrderInWhichNumbersCame) {
  std::vector<std::string> bytes;
  for (const bool forward : {true, false}) {
    Detector detector(NumberOptions(5), nullptr);
    for (int i = 0; i < 500; ++i) {
      Feed(detector, {Call(Caller(forward ? i : 499 - i), kMidnight)});
    }
    bytes.push_back(detector.Snapshot());
  }
  EXPECT_EQ(bytes[0], bytes[1]);
}

TEST(Snapshot, KeepsAnOpenAlertOpen) {
  Detector detector(NumberOptions(3), nullptr);
  Feed(detector, Calls(Caller(1), kMidnight, kMinute, 4));
  auto restored = Detector::Restore(detector.Snapshot(), NumberOptions(3), nullptr);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->stats().open_alerts, 1u);
  EXPECT_EQ(restored->stats().consumed, 4u);
  EXPECT_THAT(Feed(*restored, {Call(Caller(1), kMidnight + kHour)}).detections, IsEmpty());
}

// Another version says that what was found is to be decided anew.
TEST(Snapshot, UnderAnotherVersionWhoIsOverIsFoundAnewWithTheNextCall) {
  Detector detector(NumberOptions(3), nullptr);
  Feed(detector, Calls(Caller(1), kMidnight, kMinute, 6));
  DetectorOptions options = NumberOptions(3);
  options.rules[0].version = 2;
  auto restored = Detector::Restore(detector.Snapshot(), options, nullptr);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->stats().open_alerts, 0u);
  const Heard heard = Feed(*restored, {Call(Caller(1), kMidnight + kHour, "new")});
  ASSERT_THAT(heard.detections, SizeIs(1));
  EXPECT_EQ(heard.detections[0].transition, Transition::kOpened);
  EXPECT_EQ(heard.detections[0].rule_version, 2u);
  EXPECT_EQ(heard.detections[0].count, 7u);
  EXPECT_EQ(heard.detections[0].samples.back(), RecordId("new"));
}

TEST(Snapshot, UnderAnotherVersionALineIsFoundAnew) {
  DetectorOptions options;
  options.rules = {DefaultRules()[1]};
  auto ledger = std::make_shared<SubjectDirectory>();
  ledger->AddLine(LineId("a"), CustomerId("c"), 3);
  ledger->AddNumber(LineId("a"), Caller(1));
  Detector detector(options, ledger);
  Feed(detector, Calls(Caller(1), kMidnight, kMinute, 4));
  options.rules[0].version = 2;
  auto restored = Detector::Restore(detector.Snapshot(), options, ledger);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_THAT(Feed(*restored, {Call(Caller(1), kMidnight + kHour)}).Of(Level::kAlert), SizeIs(1));
}

// Written before snapshots had the version of each rule: three calls are allowed, the fourth came.
TEST(Snapshot, OfAnOlderFormIsReadAndItsEpisodesGoOn) {
  const std::string bytes = absl::HexStringToBytes(
      "5246444554454354028080e9c9d60104000180d4caa5f7bcb006010e6c696e652d6672657175656e637900"
      "8080bbdd83054601b1fab8a39b19048080fbfcba9e9803808ece1c808ece1c808ece1cdac4020400010001"
      "03809c92b3f6bcb00602723180b8aeecf6bcb00602723280d4caa5f7bcb006027233006a8ea40d81f815f7");
  DetectorOptions options = NumberOptions(3);
  options.rules[0].version = 2;
  auto restored = Detector::Restore(bytes, options, nullptr);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->stats().open_alerts, 1u);
  EXPECT_THAT(Feed(*restored, {Call(Caller(1), kMidnight + kHour)}).detections, IsEmpty());
}

TEST(Snapshot, AChangedThresholdAppliesToTheCallsThatWereKept) {
  Detector detector(NumberOptions(10), nullptr);
  Feed(detector, Calls(Caller(1), kMidnight, kMinute, 6));
  auto restored = Detector::Restore(detector.Snapshot(), NumberOptions(6), nullptr);
  ASSERT_TRUE(restored.ok()) << restored.status();
  const Heard heard = Feed(*restored, {Call(Caller(1), kMidnight + kHour)});
  ASSERT_THAT(heard.detections, SizeIs(1));
  EXPECT_EQ(heard.detections[0].count, 7u);
}

// A snapshot sweeps all numbers: none may lose calls that its next call is counted with.
TEST(Snapshot, AChangedThresholdAppliesToTheCallsThatWereKeptAfterASweep) {
  Detector detector(NumberOptions(300), nullptr);
  Feed(detector, Calls(Caller(1), kMidnight, kMinute, 250));
  auto restored = Detector::Restore(detector.Snapshot(), NumberOptions(50), nullptr);
  ASSERT_TRUE(restored.ok()) << restored.status();
  restored->Snapshot();
  const Heard heard = Feed(*restored, {Call(Caller(1), kMidnight + 5 * kHour)});
  ASSERT_THAT(heard.detections, SizeIs(1));
  EXPECT_EQ(heard.detections[0].count, 251u);
  EXPECT_EQ(heard.detections[0].first_call, kMidnight);
}

TEST(Snapshot, ARuleWithAnotherWindowStartsEmpty) {
  Detector detector(NumberOptions(3), nullptr);
  Feed(detector, Calls(Caller(1), kMidnight, kMinute, 3));
  auto restored = Detector::Restore(detector.Snapshot(), NumberOptions(3, 2 * kDay), nullptr);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->stats().tracked_numbers, 0u);
  EXPECT_EQ(restored->stats().newest, kMidnight + 2 * kMinute);
}

TEST(Snapshot, ARestartTakesNoMoreMemoryWithAWindowShorterThanADay) {
  Detector detector(NumberOptions(100, kHour), nullptr);
  for (int hour = 0; hour < 20; hour += 2) {
    for (int i = 0; i < 1000; ++i) Feed(detector, {Call(Caller(i), kMidnight + hour * kHour)});
  }
  const auto restored = Detector::Restore(detector.Snapshot(), NumberOptions(100, kHour), nullptr);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_LE(restored->stats().memory_bytes, detector.stats().memory_bytes);
  EXPECT_EQ(restored->stats().retained_times, detector.stats().retained_times);
}

TEST(Snapshot, AnotherDayOffsetCountsTheDaysAnew) {
  Detector detector(NumberOptions(3), nullptr);
  Feed(detector, Calls(Caller(1), kMidnight - kMinute, kMinute, 3));
  DetectorOptions utc = NumberOptions(3);
  utc.day_offset = Duration(0);
  auto restored = Detector::Restore(detector.Snapshot(), utc, nullptr);
  ASSERT_TRUE(restored.ok()) << restored.status();
  const Heard heard = Feed(*restored, {Call(Caller(1), kMidnight + kHour)});
  EXPECT_EQ(heard.detections.at(0).day_count, 4u);
}

TEST(Snapshot, CutOffAnywhereIsAnError) {
  const std::string bytes = SomeSnapshot();
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(Detector::Restore(bytes.substr(0, size), NumberOptions(5), nullptr).ok()) << size;
  }
}

TEST(Snapshot, AnyByteChangedIsAnError) {
  const std::string bytes = SomeSnapshot();
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_FALSE(Detector::Restore(damaged, NumberOptions(5), nullptr).ok()) << i;
  }
}

TEST(Snapshot, CutOffContentUnderAGoodChecksumIsAnError) {
  const std::string bytes = SomeSnapshot();
  const auto content = OpenSnapshot(bytes);
  ASSERT_TRUE(content.ok());
  for (size_t size = 0; size < content->bytes.size(); ++size) {
    const auto restored = Detector::Restore(SealSnapshot({content->bytes.substr(0, size)}),
                                            NumberOptions(5), nullptr);
    EXPECT_EQ(restored.status().code(), absl::StatusCode::kDataLoss) << size;
  }
}

TEST(Snapshot, SomethingElseSaysWhatItIsNot) {
  const auto restored = Detector::Restore("calling,called\n", NumberOptions(5), nullptr);
  EXPECT_EQ(restored.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(restored.status().message()), HasSubstr("not a detector snapshot"));
}

TEST(Snapshot, BadOptionsAreRefused) {
  EXPECT_EQ(Detector::Restore(SomeSnapshot(), NumberOptions(0), nullptr).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Bytes, IntegersComeBackAsTheyWent) {
  ByteWriter writer;
  for (const int64_t value : {int64_t{0}, int64_t{-1}, INT64_MAX, INT64_MIN}) {
    writer.Signed(value);
    writer.Varint(static_cast<uint64_t>(value));
    writer.Fixed64(static_cast<uint64_t>(value));
  }
  ByteReader reader(writer.bytes());
  for (const int64_t value : {int64_t{0}, int64_t{-1}, INT64_MAX, INT64_MIN}) {
    EXPECT_EQ(reader.Signed(), value);
    EXPECT_EQ(reader.Varint(), static_cast<uint64_t>(value));
    EXPECT_EQ(reader.Fixed64(), static_cast<uint64_t>(value));
  }
  EXPECT_TRUE(reader.AtEnd());
}

TEST(Bytes, ALongerFormOfAnIntegerIsRefused) {
  ByteReader padded(std::string_view("\x81\x00", 2));
  padded.Varint();
  EXPECT_FALSE(padded.ok());
  ByteReader too_big("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02");
  too_big.Varint();
  EXPECT_FALSE(too_big.ok());
}

TEST(Bytes, ACountBeyondTheEndIsRefused) {
  ByteReader reader("\x7F xyz");
  EXPECT_EQ(reader.Text(), "");
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace ringfence
