// The service's small parts: where things lie, the ledger's forms, raw batches to CDRs, the intake.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/whitelist/samples.h"
#include "tools/service/batch_decoder.h"
#include "tools/service/data_folder.h"
#include "tools/service/decisions.h"
#include "tools/service/intake.h"
#include "tools/service/service.h"
#include "tools/service/subjects.h"
#include "tools/service/threshold_names.h"

namespace ringfence {
namespace {

const CallingNumber kOne = Caller("+866315550001");
const CallingNumber kTwo = Caller("+866315550002");

class KeptRejects : public RejectSink {
 public:
  void OnReject(const Reject& reject) override {
    offsets.push_back(reject.offset);
    lines.push_back(reject.line);
  }
  std::vector<uint64_t> offsets;
  std::vector<uint64_t> lines;
};

TEST(DataFolder, RelativeNamesAreInTheFolderAndAbsoluteOnesAreNot) {
  const DataFolder folder{"/data"};
  EXPECT_EQ(folder.File("actions.jsonl"), "/data/actions.jsonl");
  EXPECT_EQ(folder.File("/var/log/actions.jsonl"), "/var/log/actions.jsonl");
  EXPECT_EQ(folder.Store(), "/data/ringfence.db");
}

TEST(LedgerForms, EveryNumberOfEveryLineIsThereAlsoOfAClosedOne) {
  VoiceLine closed = SampleLine("L-2", {kTwo});
  closed.status = LineStatus::kClosed;
  const auto lists = Lists::Create(1, {SampleLine("L-1", {kOne}), closed}, {}).value();
  const std::vector<LedgerNumber> numbers = LedgerNumbers(*lists);
  ASSERT_EQ(numbers.size(), 2u);
  EXPECT_EQ(numbers[0].number, kOne);
  EXPECT_EQ(numbers[0].status, LineStatus::kActive);
  EXPECT_EQ(numbers[1].line, LineId("L-2"));
  EXPECT_EQ(numbers[1].status, LineStatus::kClosed);
}

TEST(RuleSettingsOfTheConfiguration, ObserveUnlessEnforceIsSaid) {
  Config config;
  config.line_frequency.enforce = true;
  config.expire_after = std::chrono::hours(6);
  const std::vector<RuleSettings> settings = SettingsOf(config);
  ASSERT_EQ(settings.size(), 4u);
  EXPECT_EQ(settings[0].rule, RuleId("line-frequency"));
  EXPECT_EQ(settings[0].mode, RuleMode::kEnforce);
  EXPECT_EQ(settings[1].mode, RuleMode::kObserve);
  EXPECT_EQ(settings[2].mode, RuleMode::kObserve);
  EXPECT_EQ(settings[3].rule, RuleId("called-flood"));
  EXPECT_EQ(settings[3].mode, RuleMode::kObserve);
  EXPECT_EQ(settings[0].suspension, std::chrono::hours(6));
}

TEST(DetectorOptionsOfTheConfiguration, DisabledRulesAreLeftOutAndNoneAtAllIsRefused) {
  Config config;
  config.line_total.enabled = false;
  const auto options = DetectorOptionsOf(config, absl::UTCTimeZone(), Day(0));
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->rules.size(), 2u);
  EXPECT_EQ(options->day_offset, Duration(0));
  config.line_frequency.enabled = false;
  config.customer_total.enabled = false;
  EXPECT_FALSE(DetectorOptionsOf(config, absl::UTCTimeZone(), Day(0)).ok());
}

TEST(DetectorOptionsOfTheConfiguration, FloodsAreLookedForOnlyWhenThatIsSaid) {
  Config config;
  EXPECT_FALSE(DetectorOptionsOf(config, absl::UTCTimeZone(), Day(0))->flood.has_value());
  config.flood_enabled = true;
  config.flood_windows = {"30s:5:4", "1h:9:8"};
  config.flood_except = {"95588"};
  const auto options = DetectorOptionsOf(config, absl::UTCTimeZone(), Day(0));
  ASSERT_TRUE(options.ok()) << options.status();
  ASSERT_TRUE(options->flood.has_value());
  EXPECT_EQ(options->flood->windows[0], (FloodWindow{std::chrono::seconds(30), 5, 4}));
  EXPECT_EQ(options->flood->windows[1], (FloodWindow{std::chrono::hours(1), 9, 8}));
  EXPECT_EQ(options->flood->except[0].ToString(), "95588");
}

TEST(DetectorOptionsOfTheConfiguration, ShardsAreThoseOfTheConfiguration) {
  Config config;
  EXPECT_EQ(DetectorOptionsOf(config, absl::UTCTimeZone(), Day(0))->shards, 1u);
  config.shards = 3;
  EXPECT_EQ(DetectorOptionsOf(config, absl::UTCTimeZone(), Day(0))->shards, 3u);
}

TEST(DetectorOptionsOfTheConfiguration, AFurtherRuleCountsNumbersAndStandsBehindTheOthers) {
  Config config;
  RuleConfig& hour = config.further_rules["line-frequency-1h"];
  hour.window = std::chrono::hours(1);
  hour.threshold = 60;
  const std::vector<FrequencyRule> rules = RulesOf(config);
  ASSERT_EQ(rules.size(), 4u);
  EXPECT_EQ(rules[3].id, RuleId("line-frequency-1h"));
  EXPECT_EQ(rules[3].subject, SubjectKind::kNumber);
  EXPECT_EQ(rules[3].window, std::chrono::hours(1));
  EXPECT_EQ(rules[3].threshold, 60u);
}

TEST(RuleSettingsOfTheConfiguration, AFurtherRuleHasAModeOfItsOwn) {
  Config config;
  config.further_rules["line-frequency-1h"].enforce = true;
  const std::vector<RuleSettings> settings = SettingsOf(config);
  ASSERT_EQ(settings.size(), 5u);
  EXPECT_EQ(settings[3].rule, RuleId("line-frequency-1h"));
  EXPECT_EQ(settings[3].mode, RuleMode::kEnforce);
  EXPECT_EQ(settings[0].mode, RuleMode::kObserve);
}

TEST(LedgerForms, TheDirectoryHasClassIndustryAndCustomerOfEachLine) {
  VoiceLine hospital = SampleLine("L-1", {kOne});
  hospital.line_class = LineClass::kHospital;
  const auto directory = BuildDirectory(*Lists::Create(1, {hospital}, {}).value());
  const uint32_t line = directory->Find(kOne)->line;
  EXPECT_EQ(directory->traits(line).line_class, "hospital");
  EXPECT_EQ(directory->traits(line).industry, "healthcare");
  EXPECT_EQ(directory->customer_of(line).name, "C-1");
}

TEST(ThresholdNames, ThoseThatNoLineHasAreNamedWithTheirRule) {
  FrequencyRule rule;
  rule.ledger_thresholds = {.by_class = {{"ordinary", 5}, {"utility", 6}},
                            .by_industry = {{"healthcare", 7}, {"healthcar", 8}},
                            .by_customer = {{"C-1", 9}, {"C-2", 10}}};
  const auto directory = BuildDirectory(*Lists::Create(1, {SampleLine("L-1", {kOne})}, {}).value());
  const std::vector<std::string> found = ThresholdsOfNobody({&rule, 1}, directory.get());
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[1],
            "rule line-frequency: no line of the ledger has industry 'healthcar'; its threshold of "
            "8 is for nobody");
  EXPECT_EQ(ThresholdsOfNobody({&rule, 1}, nullptr).size(), 6u);
}

class Batches : public testing::Test {
 protected:
  Batches() {
    StreamInfo stream;
    stream.format.format = "canonical";
    stream.format.header = "record_id,calling,called,setup_time";
    stream.format.time_zone = "UTC";
    batch_.stream = std::make_shared<const StreamInfo>(stream);
  }

  void Give(const std::string& records, uint32_t count) {
    batch_.records = records;
    batch_.count = count;
    const absl::Status status = decoder_.Decode(batch_, Day(2), cdrs_);
    ASSERT_TRUE(status.ok()) << status;
  }

  KeptRejects rejects_;
  Reconciliation account_;
  AccountedRejects accounted_{account_, rejects_};
  DecodeOptions defaults_{.numbers = NumberPlan::Create({.country = "86", .area = ""}).value(),
                          .zone = absl::UTCTimeZone()};
  BatchDecoder decoder_{defaults_, accounted_, account_};
  RawBatch batch_;
  CdrBatch cdrs_;
};

TEST_F(Batches, AreDecodedByTheFormatThatTheSenderNamed) {
  Give("a,+866315550001,110,2026-11-24T00:00:00Z\nb,06315550001,110,2026-11-24 00:00:01\n", 2);
  ASSERT_EQ(cdrs_.cdrs.size(), 2u);
  EXPECT_EQ(cdrs_.cdrs[1].calling, kOne);
  EXPECT_EQ(cdrs_.cdrs[1].setup, Day(0) + std::chrono::seconds(1));
  EXPECT_EQ(account_.read, 2u);
}

TEST_F(Batches, RejectsAreCountedAndCarryTheirPlaceInTheSendersFile) {
  batch_.first_seq = 1000;
  batch_.offset = 50'000;
  const std::string good = "a,+866315550001,110,2026-11-24T00:00:00Z\n";
  Give(good + "b,nobody,110,2026-11-24T00:00:00Z\n", 2);
  EXPECT_EQ(cdrs_.cdrs.size(), 1u);
  EXPECT_EQ(account_.read, 2u);
  EXPECT_EQ(account_.RejectedTotal(), 1u);
  ASSERT_EQ(rejects_.offsets.size(), 1u);
  EXPECT_EQ(rejects_.offsets[0], 50'000 + good.size());
  EXPECT_EQ(rejects_.lines[0], 1002u);
}

TEST_F(Batches, RecordOfTheFarFutureIsRejected) {
  Give("a,+866315550001,110,2099-01-01T00:00:00Z\n", 1);
  EXPECT_TRUE(cdrs_.cdrs.empty());
  EXPECT_EQ(account_.RejectedTotal(), 1u);
}

TEST_F(Batches, FormatThatIsNotKnownIsRefusedBeforeARecordComes) {
  EXPECT_TRUE(CheckFormat(defaults_, batch_.stream->format).ok());
  FormatSpec format = batch_.stream->format;
  format.format = "papyrus";
  EXPECT_FALSE(CheckFormat(defaults_, format).ok());
  format = batch_.stream->format;
  format.header = "street,town";
  EXPECT_FALSE(CheckFormat(defaults_, format).ok());
  format = batch_.stream->format;
  format.time_zone = "Mars/Olympus";
  EXPECT_FALSE(CheckFormat(defaults_, format).ok());
  format = batch_.stream->format;
  format.country = "86x";
  EXPECT_FALSE(CheckFormat(defaults_, format).ok());
}

TEST(IntakeOfABatch, CountsEachRecordOnceAndKeepsLateOnes) {
  const std::string folder = testing::TempDir();
  const std::string path = folder + "/ringfence-intake-quarantine.jsonl";
  std::filesystem::remove(path);
  Reconciliation account;
  Quarantine quarantine({.path = path});
  Deduplicator deduplicator(std::chrono::hours(48));
  DetectorOptions options;
  for (FrequencyRule& rule : options.rules) rule.threshold = 2;
  Detector detector(options, std::make_shared<SubjectDirectory>());
  Intake intake(deduplicator, detector, quarantine, account);

  KeptRejects rejects;
  DecodeOptions decode{.numbers = NumberPlan::Create({.country = "86", .area = ""}).value(),
                       .zone = absl::UTCTimeZone()};
  BatchDecoder decoder(decode, rejects, account);
  StreamInfo stream;
  stream.format.format = "canonical";
  stream.format.header = "record_id,calling,called,setup_time";
  RawBatch raw;
  raw.stream = std::make_shared<const StreamInfo>(stream);
  raw.records =
      "a,+866315550001,110,2026-11-24T10:00:00Z\n"
      "b,+866315550001,110,2026-11-24T10:00:01Z\n"
      "b,+866315550001,110,2026-11-24T10:00:01Z\n"
      "c,+866315550001,110,2026-11-24T10:00:02Z\n"
      "d,+866315550001,110,2026-11-24T08:00:00Z\n";
  raw.count = 5;
  CdrBatch batch;
  ASSERT_TRUE(decoder.Decode(raw, Day(2), batch).ok());
  std::vector<Detection> detections;
  intake.Take(batch, detections);
  EXPECT_EQ(account.accepted, 3u);
  EXPECT_EQ(account.duplicates, 1u);
  EXPECT_EQ(account.late, 1u);
  EXPECT_TRUE(account.Balances());
  EXPECT_EQ(quarantine.written(), 1u);
  const auto alerts = std::count_if(detections.begin(), detections.end(), [](const Detection& d) {
    return d.level == Level::kAlert && d.transition == Transition::kOpened;
  });
  EXPECT_EQ(alerts, 1);
  ASSERT_TRUE(quarantine.Flush().ok());
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace ringfence
