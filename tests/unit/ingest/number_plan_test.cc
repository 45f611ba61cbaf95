#include "ingest/model/number_plan.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace ringfence {
namespace {

// The normal form, or "refused: <why>".
std::string Read(std::string_view text, NumberPlanOptions options = {}) {
  const auto plan = NumberPlan::Create(std::move(options));
  if (!plan.ok()) return std::string(plan.status().message());
  const auto number = plan->Normalise(text);
  if (!number.ok()) return "refused: " + std::string(number.status().message());
  return number->ToString();
}

NumberPlanOptions Weihai() { return {.country = "86", .area = "631"}; }
NumberPlanOptions E164() { return {.style = NumberStyle::kE164}; }

void ExpectRefused(std::string_view text, std::string_view why, NumberPlanOptions options = {}) {
  const std::string read = Read(text, std::move(options));
  EXPECT_TRUE(read.starts_with("refused: ")) << text << " became " << read;
  EXPECT_NE(read.find(why), std::string::npos) << text << ": " << read;
}

TEST(NumberPlan, AllFormsOfOneLandlineAreEqual) {
  for (const char* text :
       {"+866315550100", "00866315550100", "06315550100", "866315550100", "6315550100", "5550100",
        "(0631) 555-0100", "+86-631-555-0100", "tel:+86-631-555-0100", "sip:06315550100@gw.example",
        "+86-0631-555-0100", "0086 (0631) 5550100", "8606315550100",
        "sip:%2B866315550100@host;user=phone", "<sip:+866315550100;npdi@host>",
        "\"Desk\" <sip:5550100@host>", "tel:5550100;phone-context=+86", " 06315550100 "}) {
    EXPECT_EQ(Read(text, Weihai()), "+866315550100") << text;
  }
}

TEST(NumberPlan, AllFormsOfOneMobileAreEqual) {
  for (const char* text : {"+8613800000000", "008613800000000", "8613800000000", "13800000000",
                           "013800000000", "138-0000-0000", "sip:13800000000;x=y:pw@host"}) {
    EXPECT_EQ(Read(text), "+8613800000000") << text;
  }
}

TEST(NumberPlan, BeijingHasATwoDigitAreaCode) {
  EXPECT_EQ(Read("01055501000"), "+861055501000");
  EXPECT_EQ(Read("1055501000"), "+861055501000");
  EXPECT_EQ(Read("55501000", {.area = "10"}), "+861055501000");
}

TEST(NumberPlan, ShortCodesStayAsTheyAre) {
  for (const char* text : {"110",
                           "119",
                           "120",
                           "122",
                           "114",
                           "10086",
                           "10010",
                           "12110",
                           "12345",
                           "12321",
                           "95588",
                           "96110",
                           "95011234",
                           "4001234567",
                           "8001234567",
                           "10690000123456",
                           "106900001234567890",
                           "1008611",
                           "118114",
                           "61234"}) {
    EXPECT_EQ(Read(text), text);
  }
}

TEST(NumberPlan, ShortCodeBehindCountryOrAreaCodeIsTheShortCode) {
  EXPECT_EQ(Read("+8610086"), "10086");
  EXPECT_EQ(Read("008695588"), "95588");
  EXPECT_EQ(Read("010110"), "110");
  EXPECT_EQ(Read("010086"), "10086");
  // Seven digits could as well be a subscriber number.
  ExpectRefused("8695588", "set --area");
  EXPECT_EQ(Read("063112345"), "12345");
  EXPECT_EQ(Read("01012345"), "12345");
  EXPECT_EQ(Read("+864001234567"), "4001234567");
}

TEST(NumberPlan, TenDigitsFrom106AreAPortUnlessPrefixed) {
  EXPECT_EQ(Read("1065901234"), "1065901234");
  EXPECT_EQ(Read("01065901234"), "+861065901234");
  EXPECT_EQ(Read("+861065901234"), "+861065901234");
}

TEST(NumberPlan, DigitsOfNoNationalFormAreInternationalWithTheCountryCode) {
  EXPECT_EQ(Read("8613800000000"), "+8613800000000");
  ExpectRefused("861380000000", "no number of country 86");
  ExpectRefused("12025550123", "no number of country 86");
}

TEST(NumberPlan, SubscriberNumberNeedsAnArea) {
  EXPECT_EQ(Read("5550100", Weihai()), "+866315550100");
  ExpectRefused("5550100", "set --area");
  ExpectRefused("55501000", "set --area");
}

TEST(NumberPlan, SpreadsheetDamageIsRefused) {
  ExpectRefused("9.12678E+11", "spreadsheet");
  ExpectRefused("1E+10", "spreadsheet");
  ExpectRefused("13800000000.0", "spreadsheet");
  ExpectRefused("13800000000.", "spreadsheet");
}

TEST(NumberPlan, WhatIsNoNumberIsRefusedWithItsReason) {
  ExpectRefused("", "is empty");
  ExpectRefused("   ", "is empty");
  ExpectRefused("+", "holds no digits");
  ExpectRefused("anonymous", "is withheld");
  ExpectRefused("sip:anonymous@anonymous.invalid", "is withheld");
  ExpectRefused("sip:gw.example.com", "without a user part");
  ExpectRefused("sip:@host", "without a user part");
  ExpectRefused("sip:alice@host", "letters");
  ExpectRefused("sip:138%0@host", "percent escape");
  ExpectRefused("138000O0000", "letters");
  ExpectRefused("*72", "holds '*'");
  ExpectRefused("1380000#000", "holds '#'");
  ExpectRefused("138+0000000", "'+'");
  ExpectRefused("１３８", "no digit");
  ExpectRefused("1234567890123456789", "more than 18 digits");
  ExpectRefused("0", "trunk 0");
  ExpectRefused("+0", "too short");
  ExpectRefused("00", "too short");
  ExpectRefused("tel:5550100;phone-context=+44", "another country", Weihai());
}

TEST(NumberPlan, ReasonDoesNotRepeatTheNumber) {
  EXPECT_EQ(Read("138000000001234").find("1380000"), std::string::npos);
}

TEST(NumberPlan, ForeignNumbersAreCheckedByTheirOwnLengths) {
  EXPECT_EQ(Read("+12025550123"), "+12025550123");
  EXPECT_EQ(Read("0012025550123"), "+12025550123");
  EXPECT_EQ(Read("+44 (0)20 7946 0000"), "+442079460000");
  EXPECT_EQ(Read("+85255501234"), "+85255501234");
  ExpectRefused("+1202555012", "+1");
  ExpectRefused("+11025550123", "no number of +1");
  ExpectRefused("1065901234", "no number of +1", {.country = "1"});
  ExpectRefused("+8525550123", "+852");
  ExpectRefused("+8612025550123", "+86");
}

TEST(NumberPlan, StyleE164TakesPlainDigitsAsInternational) {
  EXPECT_EQ(Read("12025550123", E164()), "+12025550123");
  EXPECT_EQ(Read("447946000013", E164()), "+447946000013");
  EXPECT_EQ(Read("8613800000000", E164()), "+8613800000000");
  EXPECT_EQ(Read("4001234567", E164()), "+4001234567");  // Romania, as the style says
}

TEST(NumberPlan, StyleE164KeepsShortCodesAndTrunkPrefixes) {
  EXPECT_EQ(Read("10086", E164()), "10086");
  EXPECT_EQ(Read("110", E164()), "110");
  EXPECT_EQ(Read("10690000123456", E164()), "10690000123456");
  EXPECT_EQ(Read("06315550100", E164()), "+866315550100");
  EXPECT_EQ(Read("55501", {.country = "1", .style = NumberStyle::kE164}), "55501");
  ExpectRefused("55501", "no short code", E164());
}

TEST(NumberPlan, NorthAmericaHasItsOwnPrefixes) {
  const NumberPlanOptions us = {.country = "1", .area = "202"};
  for (const char* text : {"2025550123", "12025550123", "+12025550123", "5550123", "(202) 555-0123",
                           "01112025550123", "0012025550123"}) {
    EXPECT_EQ(Read(text, us), "+12025550123") << text;
  }
  EXPECT_EQ(Read("011442079460000", us), "+442079460000");
  EXPECT_EQ(Read("911", us), "911");
  ExpectRefused("02025550123", "starts with 0", us);
}

TEST(NumberPlan, BritainHasATrunkZero) {
  const NumberPlanOptions uk = {.country = "44"};
  EXPECT_EQ(Read("020 7946 0000", uk), "+442079460000");
  EXPECT_EQ(Read("442079460000", uk), "+442079460000");
  EXPECT_EQ(Read("999", uk), "999");
}

TEST(NumberPlan, CountryWithoutRulesUsesTheGenericOnes) {
  const NumberPlanOptions spain = {.country = "34"};
  EXPECT_EQ(Read("911234567", spain), "+34911234567");
  EXPECT_EQ(Read("34911234567", spain), "+34911234567");
  EXPECT_EQ(Read("+34911234567", spain), "+34911234567");
}

TEST(NumberPlan, ChineseShortCodeFromAbroadIsRefused) {
  ExpectRefused("+8610086", "no number of +86", {.country = "1"});
}

TEST(NumberPlan, OptionsAreChecked) {
  for (const char* country : {"", "+86", "086", "8612", "x"}) {
    EXPECT_FALSE(NumberPlan::Create({.country = country}).ok()) << country;
  }
  for (const char* area : {"0631", "a", "1234567"}) {
    EXPECT_FALSE(NumberPlan::Create({.area = area}).ok()) << area;
  }
}

}  // namespace
}  // namespace ringfence
