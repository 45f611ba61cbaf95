#include "tools/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/model/absl_bridge.h"

namespace ringfence {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string ErrorOf(std::string_view toml) {
  const auto config = ParseConfig(toml, "rf.toml");
  return config.ok() ? "no error" : std::string(ToStd(config.status().message()));
}

TEST(Config, AnEmptyFileGivesTheDefaults) {
  const auto config = ParseConfig("", "rf.toml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(DumpConfig(*config), DumpConfig(Config{}));
}

TEST(Config, TheDumpIsReadBackUnchanged) {
  Config changed;
  changed.files = {"a \"quoted\".csv", "b.csv"};
  changed.line_frequency.enforce = true;
  changed.line_frequency.threshold = 5;
  changed.lateness = std::chrono::minutes(90);
  changed.numbers_are_e164 = true;
  changed.features = true;
  const auto config = ParseConfig(DumpConfig(changed), "rf.toml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(DumpConfig(*config), DumpConfig(changed));
  EXPECT_EQ(config->files, changed.files);
  EXPECT_EQ(config->line_frequency.threshold, 5u);
}

TEST(Config, ControlCharactersInATextAreReadBackUnchanged) {
  Config changed;
  changed.data = "a\tb\rc\nd\x01\x1f\x7f";
  const auto config = ParseConfig(DumpConfig(changed), "rf.toml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->data, changed.data);
}

TEST(Config, RulesStartInObserve) {
  const auto config = ParseConfig("", "rf.toml");
  ASSERT_TRUE(config.ok());
  EXPECT_FALSE(config->line_frequency.enforce);
  EXPECT_FALSE(config->line_total.enforce);
  EXPECT_FALSE(config->customer_total.enforce);
  EXPECT_FALSE(config->flood_enforce);
}

TEST(Config, AWrongValueNamesFileLineColumnKeyAndWhatIsAllowed) {
  EXPECT_EQ(ErrorOf("[rule.line-frequency]\nthreshold = 0\n"),
            "rf.toml:2:13: rule.line-frequency.threshold: 0 is not allowed; "
            "a whole number from 1 to 1000000");
}

TEST(Config, WindowsOfFloodsAreCheckedWhenTheyAreRead) {
  const auto of = [](const std::string& list) {
    return ErrorOf("[rule.called-flood]\nwindows = " + list + "\n");
  };
  EXPECT_EQ(of("[\"1m:30:20\", \"10m:100:60\"]"), "no error");
  EXPECT_THAT(of("[\"10m:100:60\", \"1m:30:20\"]"), HasSubstr("ascending"));
  EXPECT_THAT(of("[\"1m:30\"]"), HasSubstr("WINDOW:CALLS:CALLERS"));
  EXPECT_THAT(of("[\"1m:0:20\"]"), HasSubstr("not allowed"));
  EXPECT_THAT(of("[]"), HasSubstr("not allowed"));
  EXPECT_THAT(ErrorOf("[rule.called-flood]\nexcept = [\"x\"]\n"), HasSubstr("numbers in full"));
}

TEST(Config, AWrongTypeIsRefused) {
  EXPECT_THAT(ErrorOf("[rule.line-frequency]\nthreshold = \"300\"\n"),
              HasSubstr("a whole number from 1 to 1000000"));
  EXPECT_THAT(ErrorOf("[input]\nfiles = \"a.csv\"\n"), HasSubstr("a list of texts"));
  EXPECT_THAT(ErrorOf("[rule.line-frequency]\nenabled = 1\n"), HasSubstr("true or false"));
}

TEST(Config, AnUnknownKeyNamesTheNearestOne) {
  EXPECT_EQ(ErrorOf("[rule.line-frequency]\ntreshold = 300\n"),
            "rf.toml:2:12: rule.line-frequency.treshold: no such key; did you mean "
            "rule.line-frequency.threshold?");
}

TEST(Config, AKeyThatIsLikeNoOtherIsNotGuessed) {
  EXPECT_EQ(ErrorOf("[rules]\nlimit = 300\n"),
            "rf.toml:1:1: rules: no such key; `ringfence config dump` prints all of them");
}

TEST(Config, AnUnknownRuleIsAnError) {
  EXPECT_THAT(ErrorOf("[rule.line-frequncy]\nthreshold = 300\n"), HasSubstr("no such key"));
}

TEST(Config, ASyntaxErrorNamesItsPlace) {
  EXPECT_THAT(ErrorOf("[rule\nthreshold"), StartsWith("rf.toml:1:"));
}

TEST(Config, AMissingFileSaysWhatToDo) {
  const auto config = LoadConfig("/nonexistent/rf.toml");
  EXPECT_EQ(config.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(ToStd(config.status().message())),
              AllOf(HasSubstr("/nonexistent/rf.toml"), HasSubstr("ringfence config dump")));
}

TEST(Config, ModeIsObserveOrEnforce) {
  EXPECT_THAT(ErrorOf("[rule.line-total]\nmode = \"on\"\n"),
              HasSubstr("\"observe\" or \"enforce\""));
  const auto config = ParseConfig("[rule.line-total]\nmode = \"enforce\"\n", "rf.toml");
  ASSERT_TRUE(config.ok());
  EXPECT_TRUE(config->line_total.enforce);
}

TEST(Config, ThresholdsByClassIndustryAndCustomerAreReadBackUnchanged) {
  const auto config = ParseConfig(
      "[rule.line-frequency]\n"
      "threshold_by_class = { hospital = 1000, ordinary = 250 }\n"
      "[rule.line-frequency.threshold_by_industry]\n"
      "\"call-center\" = 2000\n"
      "\"贷款\" = 100\n"
      "[rule.line-frequency.threshold_by_customer]\n"
      "\"C.1\" = 500\n",
      "rf.toml");
  ASSERT_TRUE(config.ok()) << config.status();
  using Thresholds = RuleConfig::Thresholds;
  const RuleConfig& rule = config->line_frequency;
  EXPECT_EQ(rule.threshold_by_class, (Thresholds{{"hospital", 1000}, {"ordinary", 250}}));
  EXPECT_EQ(rule.threshold_by_industry, (Thresholds{{"call-center", 2000}, {"贷款", 100}}));
  EXPECT_EQ(rule.threshold_by_customer, (Thresholds{{"C.1", 500}}));
  const auto again = ParseConfig(DumpConfig(*config), "rf.toml");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(DumpConfig(*again), DumpConfig(*config));
  EXPECT_EQ(again->line_frequency.threshold_by_customer, rule.threshold_by_customer);
}

TEST(Config, AClassThatNoLineCanHaveIsAnErrorThatListsThem) {
  EXPECT_EQ(
      ErrorOf("[rule.line-frequency.threshold_by_class]\nhospitl = 1000\n"),
      "rf.toml:2:11: rule.line-frequency.threshold_by_class.hospitl: 1000 is not allowed; "
      "classes (ordinary, hospital, government, utility, disaster-warning), each with a whole "
      "number from 1 to 1000000");
}

TEST(Config, AThresholdOutOfRangeIsNamedWithWhoseItIs) {
  EXPECT_THAT(ErrorOf("[rule.line-frequency]\nthreshold_by_industry = { loan = 0 }\n"),
              HasSubstr("threshold_by_industry.loan: 0 is not allowed"));
  EXPECT_THAT(ErrorOf("[rule.line-frequency]\nthreshold_by_class = 5\n"),
              HasSubstr("threshold_by_class: 5 is not allowed; classes (ordinary"));
  EXPECT_THAT(ErrorOf("[rule.line-total]\nthreshold_by_class = { hospital = 5 }\n"),
              HasSubstr("no such key"));
}

constexpr char kHourRule[] = "[rule.line-frequency-1h]\nwindow = \"1h\"\nthreshold = 60\n";

TEST(Config, AFurtherRuleForNumbersHasAllTheirKeysAndStartsInObserve) {
  const auto config = ParseConfig(
      std::string(kHourRule) + "version = 3\nthreshold_by_class = { hospital = 90 }\n", "rf.toml");
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->further_rules.size(), 1u);
  const RuleConfig& rule = config->further_rules.at("line-frequency-1h");
  EXPECT_EQ(rule.window, std::chrono::hours(1));
  EXPECT_EQ(rule.threshold, 60u);
  EXPECT_EQ(rule.version, 3u);
  EXPECT_EQ(rule.threshold_by_class.at("hospital"), 90u);
  EXPECT_FALSE(rule.enforce);
  const auto again = ParseConfig(DumpConfig(*config), "rf.toml");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(DumpConfig(*again), DumpConfig(*config));
}

TEST(Config, AFurtherRuleMustSayItsWindowAndItsThreshold) {
  EXPECT_EQ(ErrorOf("[rule.line-frequency-1h]\nthreshold = 60\n"),
            "rf.toml:1:1: rule.line-frequency-1h: a further rule must say its window and its "
            "threshold");
}

TEST(Config, AFurtherRulesNameIsPlain) {
  EXPECT_THAT(ErrorOf("[rule.\"line-frequency-1 H\"]\nwindow = \"1h\"\nthreshold = 60\n"),
              HasSubstr("lower-case letters, digits and '-'"));
}

TEST(Config, AWrongKeyOfAFurtherRuleIsRefusedAsOthersAre) {
  EXPECT_THAT(ErrorOf(std::string(kHourRule) + "treshold = 5\n"),
              HasSubstr("did you mean rule.line-frequency-1h.threshold?"));
}

TEST(Config, ThereAreAtMostEightFurtherRules) {
  std::string text;
  for (int i = 1; i <= 8; ++i) {
    text += "[rule.line-frequency-" + std::to_string(i) + "]\nwindow = \"1h\"\nthreshold = 60\n";
  }
  EXPECT_EQ(ErrorOf(text), "no error");
  EXPECT_THAT(ErrorOf(text + kHourRule), HasSubstr("more than 8 further rules"));
}

}  // namespace
}  // namespace ringfence
