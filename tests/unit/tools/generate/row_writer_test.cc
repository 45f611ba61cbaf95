#include "tools/generate/row_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/model/number_plan.h"
#include "tools/generate/numbers.h"

namespace ringfence::generate {
namespace {

PhoneNumber Number(uint64_t digits) { return *PhoneNumber::International(std::to_string(digits)); }

TEST(AppendNumber, EveryFormOfEveryBlockIsReadAsTheSameNumber) {
  const NumberPlan plan = *NumberPlan::Create({});
  for (PhoneNumber number :
       {Number(kLandlines), Number(kLandlines + kLandlineCount - 1), Number(MobileDigits(0)),
        Number(MobileDigits(kFirstMobiles)), Number(MobileDigits(kMaxMobiles - 1)),
        Number(kUnallocated), Number(kOtherCarrier), Number(AbroadDigits(0)),
        Number(AbroadDigits(99)), Number(AbroadDigits(100)), Number(AbroadDigits(kAbroadCount - 1)),
        *PhoneNumber::ShortCode("12345"), *PhoneNumber::ShortCode("4005550100")}) {
    for (uint32_t form = 0; form < kNumberForms; ++form) {
      std::string text;
      AppendNumber(text, number, static_cast<NumberForm>(form));
      const auto read = plan.Normalise(text);
      ASSERT_TRUE(read.ok()) << text << ": " << read.status();
      EXPECT_EQ(*read, number) << text;
    }
  }
}

TEST(AppendNumber, WritesTheFormsThatSwitchesWrite) {
  const auto form = [](PhoneNumber number, NumberForm how) {
    std::string text;
    AppendNumber(text, number, how);
    return text;
  };
  const PhoneNumber landline = Number(86'631'5550001);
  EXPECT_EQ(form(landline, NumberForm::kPlus), "+866315550001");
  EXPECT_EQ(form(landline, NumberForm::kDoubleZero), "00866315550001");
  EXPECT_EQ(form(landline, NumberForm::kNational), "06315550001");
  EXPECT_EQ(form(landline, NumberForm::kSip), "sip:+866315550001@ims.example");
  EXPECT_EQ(form(landline, NumberForm::kPlainDigits), "866315550001");
  EXPECT_EQ(form(Number(MobileDigits(1)), NumberForm::kNational), "13800000001");
}

TEST(RowWriter, WritesTheCanonicalCsv) {
  CityOptions options;
  options.seed = 5;
  options.subscribers = 100;
  const City city = *City::Build(options);
  Call call;
  call.sequence = 42;
  call.called = Number(MobileDigits(1));
  call.setup = ((9 * 60 + 5) * 60 + 7) * 1'000 + 89;
  call.release = call.setup + 24 * 3'600'000;
  call.cause = {Cause::Scheme::kQ850, 17};
  std::string row;
  RowWriter(city).AppendCall(row, call);
  EXPECT_EQ(row,
            "20260303-5-42,+866315550000,+8613800000001,2026-03-03T09:05:07.089+08:00,,"
            "2026-03-04T09:05:07.089+08:00,17,MSC-1\n");
}

}  // namespace
}  // namespace ringfence::generate
