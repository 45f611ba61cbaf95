#include "whitelist/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/whitelist/samples.h"

namespace ringfence {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

const CallingNumber kNumber = Caller("+866315550001");

std::vector<std::string> Kinds(std::vector<VoiceLine> lines, std::vector<WhitelistEntry> entries,
                               EventTime now) {
  std::vector<std::string> kinds;
  const auto lists = Lists::Create(1, std::move(lines), std::move(entries)).value();
  for (const Finding& finding : Audit(*lists, now)) {
    kinds.emplace_back(FindingKindName(finding.kind));
    EXPECT_FALSE(finding.sentence.empty());
    EXPECT_EQ(finding.sentence.find("6315550001"), std::string::npos);
  }
  return kinds;
}

TEST(Audit, FindsNothingWhereAllIsInOrder) {
  EXPECT_THAT(Kinds({SampleLine("L-1", {kNumber})}, {SampleEntry(kNumber)}, Day(1)), ElementsAre());
}

TEST(Audit, AnEntryThatIsOnlyANumberLacksEverything) {
  const WhitelistEntry entry = BareEntry(kNumber, Day(0));
  EXPECT_THAT(Kinds({}, {entry}, Day(1)),
              UnorderedElementsAre("no-line", "no-approver", "no-reason", "no-expiry",
                                   "no-requester", "no-evidence", "no-scope"));
}

TEST(Audit, ExpiryIsTheFirstInstantThatCounts) {
  const VoiceLine line = SampleLine("L-1", {kNumber});
  EXPECT_THAT(Kinds({line}, {SampleEntry(kNumber)}, Day(30) - Duration(1)), ElementsAre());
  EXPECT_THAT(Kinds({line}, {SampleEntry(kNumber)}, Day(30)), ElementsAre("expired"));
  EXPECT_THAT(Kinds({line}, {SampleEntry(kNumber)}, Day(-1)), ElementsAre("not-yet-valid"));
}

TEST(Audit, NobodyApprovesHisOwnRequest) {
  WhitelistEntry entry = SampleEntry(kNumber);
  entry.approver = entry.requester;
  EXPECT_THAT(Kinds({SampleLine("L-1", {kNumber})}, {entry}, Day(1)), ElementsAre("self-approved"));
}

TEST(Audit, ALineWithoutValidPapersFailsItsEntriesToo) {
  VoiceLine line = SampleLine("L-1", {kNumber});
  line.qualification.expires = Day(1);
  line.contract = {};
  EXPECT_THAT(
      Kinds({line}, {SampleEntry(kNumber)}, Day(1)),
      UnorderedElementsAre("line-qualification", "line-contract", "qualification", "contract"));
}

TEST(Audit, AClosedLineHasNoEntries) {
  VoiceLine line = SampleLine("L-1", {kNumber});
  line.status = LineStatus::kClosed;
  EXPECT_THAT(Kinds({line}, {SampleEntry(kNumber)}, Day(1)), ElementsAre("line-closed"));
}

TEST(Audit, ProtectedNumbersNeedNoEntry) {
  VoiceLine line = SampleLine("L-1", {kNumber});
  line.line_class = LineClass::kHospital;
  EXPECT_THAT(Kinds({line}, {SampleEntry(kNumber), SampleEntry(Caller("12345"))}, Day(1)),
              ElementsAre("protected-anyway", "protected-anyway"));
}

TEST(Audit, LineDutiesAreChecked) {
  VoiceLine line = SampleLine("L-1", {kNumber});
  line.recording_days = 59;
  line.daily_limit.reset();
  line.trunks.clear();
  EXPECT_THAT(Kinds({line}, {}, Day(1)),
              ElementsAre("recording-duty", "no-daily-limit", "no-trunk"));
}

TEST(Audit, TheGravestComesFirst) {
  const WhitelistEntry entry = BareEntry(kNumber, Day(0));
  const auto lists = Lists::Create(1, {}, {entry}).value();
  const auto findings = Audit(*lists, Day(1));
  for (size_t i = 1; i < findings.size(); ++i) {
    EXPECT_LE(findings[i].severity, findings[i - 1].severity);
  }
}

TEST(Audit, EveryKindHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(FindingKind::kNoTrunk); ++kind) {
    names.insert(FindingKindName(static_cast<FindingKind>(kind)));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(FindingKind::kNoTrunk) + 1);
}

}  // namespace
}  // namespace ringfence
