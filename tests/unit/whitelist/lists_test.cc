#include "whitelist/lists.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/whitelist/samples.h"
#include "whitelist/protected_floor.h"

namespace ringfence {
namespace {

TEST(Lists, MergeEntryFloorAndOwner) {
  VoiceLine hospital = SampleLine("L-2", {Caller("+866315550002")});
  hospital.line_class = LineClass::kHospital;
  const auto lists = Lists::Create(7, {SampleLine("L-1", {Caller("+866315550001")}), hospital},
                                   {SampleEntry(Caller("+866315550001"))})
                         .value();
  const Listing listed = lists->Lookup(Caller("+866315550001"), Day(1));
  EXPECT_TRUE(listed.whitelisted);
  EXPECT_EQ(listed.protection, Protection::kNone);
  EXPECT_EQ(listed.owner->line, LineId("L-1"));
  EXPECT_EQ(listed.list.version, 7u);
  EXPECT_EQ(listed.list.count, 3u);
  EXPECT_EQ(listed.read_at, Day(1));
  const Listing protected_line = lists->Lookup(Caller("+866315550002"), Day(1));
  EXPECT_FALSE(protected_line.whitelisted);
  EXPECT_EQ(protected_line.protection, Protection::kProtectedClass);
  EXPECT_TRUE(protected_line.Untouchable());
  const Listing stranger = lists->Lookup(Caller("+866315550003"), Day(1));
  EXPECT_FALSE(stranger.Untouchable());
  EXPECT_FALSE(stranger.owner.has_value());
  EXPECT_EQ(lists->Lookup(Caller("10086"), Day(1)).protection, Protection::kPublicService);
}

TEST(Lists, EntryStandsFromAddedUntilBeforeExpiry) {
  const auto lists = Lists::Create(1, {}, {SampleEntry(Caller("+866315550001"))}).value();
  const auto whitelisted = [&](EventTime now) {
    return lists->Lookup(Caller("+866315550001"), now).whitelisted;
  };
  EXPECT_FALSE(whitelisted(Day(0) - Duration(1)));
  EXPECT_TRUE(whitelisted(Day(0)));
  EXPECT_TRUE(whitelisted(Day(30) - Duration(1)));
  EXPECT_FALSE(whitelisted(Day(30)));
}

TEST(Lists, DigestDoesNotDependOnOrderAndSeesEveryChange) {
  const WhitelistEntry a = SampleEntry(Caller("+866315550001"));
  const WhitelistEntry b = SampleEntry(Caller("+866315550002"));
  const VoiceLine line = SampleLine("L-1", {Caller("+866315550003")});
  const auto digest = [](std::vector<VoiceLine> lines, std::vector<WhitelistEntry> entries) {
    return Lists::Create(1, std::move(lines), std::move(entries)).value()->version().digest;
  };
  const std::string base = digest({line}, {a, b});
  EXPECT_EQ(base, digest({line}, {b, a}));
  EXPECT_NE(base, digest({line}, {a}));
  EXPECT_NE(base, digest({}, {a, b}));
  WhitelistEntry later = b;
  later.expires = Day(31);
  EXPECT_NE(base, digest({line}, {a, later}));
  VoiceLine warned = line;
  warned.status = LineStatus::kWarned;
  EXPECT_NE(base, digest({warned}, {a, b}));
}

TEST(Lists, DigestOfNothingIsWrittenDown) {
  EXPECT_EQ(Lists::Create(0, {}, {}).value()->version().digest, "99aa06d3014798d86001c324468d497f");
}

TEST(Lists, ANumberInTwoLinesIsRefused) {
  const auto lists = Lists::Create(
      1,
      {SampleLine("L-1", {Caller("+866315550001")}), SampleLine("L-2", {Caller("+866315550001")})},
      {});
  EXPECT_EQ(lists.status().code(), absl::StatusCode::kAlreadyExists);
}

TEST(Ledger, HoursAreReadAsTheyAreWritten) {
  for (const char* text : {"08:00-20:30", "00:00-24:00", "22:00-06:00"}) {
    EXPECT_EQ(FormatCallingHours(ParseCallingHours(text).value()), text);
  }
  for (const char* text : {"", "08:00", "8-20", "08:60-20:00", "24:00-08:00", "08:00-08:00",
                           "08:00-24:01", "08:00-00:00", "-1:00-02:00"}) {
    EXPECT_FALSE(ParseCallingHours(text).ok()) << text;
  }
}

TEST(Ledger, TextMustBeCleanUtf8) {
  EXPECT_TRUE(CheckText("purpose", "预约提醒 ✆ 𠀀").ok());
  for (const char* text : {"a\tb", "a\nb", "\x7f", " a", "a ", "\xC0\xAF", "\xED\xA0\x80", "\xFF",
                           "\xE4\xBD", "\xF5\x80\x80\x80"}) {
    EXPECT_FALSE(CheckText("purpose", text).ok()) << text;
  }
  EXPECT_FALSE(CheckText("purpose", std::string(1001, 'x')).ok());
}

TEST(Facts, EncodedValuesDecodeToThemselves) {
  WhitelistEntry entry = SampleEntry(Caller("+866315550001"));
  entry.scope = "verification \"codes\" \\ 验证码";
  EXPECT_EQ(DecodeEntry(EncodeEntry(entry)).value(),
            (EntryFacts{entry.added, entry.expires, entry.scope}));
  entry.expires.reset();
  EXPECT_FALSE(DecodeEntry(EncodeEntry(entry)).value().expires.has_value());
  const VoiceLine line = SampleLine("L-1", {Caller("+866315550001")});
  EXPECT_EQ(DecodeOwner(EncodeOwner(line)).value(), line.Owner());
}

TEST(Facts, WhatIsNotOursIsDataLoss) {
  for (const char* text :
       {"", "1", "{}", "[]", "null", R"({"added":"1","scope":""})", R"({"added":1.5,"scope":""})",
        R"({"added":1,"expires":"x","scope":""})", R"({"added":1})", "{\"added\":1,",
        // Times that no count of microseconds can hold: wrapped around they would be others.
        R"({"added":9223372036854775807,"scope":""})",
        R"({"added":-9223372036854775808,"scope":""})",
        R"({"added":1,"expires":18446744073709551615,"scope":""})"}) {
    EXPECT_EQ(DecodeEntry(text).status().code(), absl::StatusCode::kDataLoss) << text;
  }
  EXPECT_EQ(
      DecodeOwner(R"({"line":"a","customer":"b","class":"x","status":"active","industry":""})")
          .status()
          .code(),
      absl::StatusCode::kDataLoss);
}

CalledNumber Called(std::string_view text) {
  return CalledNumber(PhoneNumber::FromString(text).value());
}

TEST(ProtectedFloor, HoldsEachFormOfAPublicServiceNumber) {
  for (const char* text :
       {"110", "+86110", "+86631110", "+8610110", "+8621120", "12345", "+8612345", "+8663112345",
        "+861012345", "10086", "+8610086", "+8663110086", "10099", "12321", "12110", "95110"}) {
    EXPECT_TRUE(IsPublicService(Caller(text))) << text;
  }
}

TEST(ProtectedFloor, HoldsNoSubscriber) {
  for (const char* text : {"+866315550110", "+8613800000110", "+1110", "+110", "95588",
                           "4005550100", "+8611", "+86", "+864005550100", "+8613910086"}) {
    EXPECT_FALSE(IsPublicService(Caller(text))) << text;
  }
  EXPECT_FALSE(IsPublicService(CallingNumber()));
}

TEST(ProtectedFloor, EveryNumberOnItIsFoundInEachForm) {
  for (const FloorNumber& number : ProtectedFloor()) {
    for (const std::string prefix : {"", "+86", "+8610", "+8629", "+86755", "+86999"}) {
      EXPECT_TRUE(IsPublicService(Caller(prefix + std::string(number.code)))) << number.code;
      EXPECT_EQ(IsEmergency(Called(prefix + std::string(number.code))), number.emergency);
    }
  }
}

TEST(ProtectedFloor, OnlyEmergencyNumbersStayReachable) {
  for (const char* text : {"110", "119", "120", "122", "12110", "+86631120"}) {
    EXPECT_TRUE(IsEmergency(Called(text))) << text;
  }
  for (const char* text : {"10086", "12345", "+866315550110"}) {
    EXPECT_FALSE(IsEmergency(Called(text))) << text;
  }
}

}  // namespace
}  // namespace ringfence
