// The generated rows against their own labels, read back from the text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "ingest/model/number_plan.h"
#include "ingest/model/time_text.h"
#include "tools/generate/city.h"
#include "tools/generate/day_shape.h"
#include "tools/generate/lists_csv.h"
#include "tools/generate/traffic_stream.h"

namespace ringfence::generate {
namespace {

struct Traffic {
  City city;
  std::string csv;
  std::vector<Call> calls;
  TrafficTotals totals;
  std::vector<Label> labels;
  std::vector<bool> lines_flagged;
};

Traffic Generate(const CityOptions& options) {
  Traffic traffic{*City::Build(options), {}, {}, {}, {}, {}};
  TrafficStream stream(traffic.city);
  TrafficBatch batch;
  while (stream.Next(10'000, batch)) {
    traffic.csv += batch.csv;
    traffic.calls.insert(traffic.calls.end(), batch.calls.begin(), batch.calls.end());
  }
  traffic.totals = stream.totals();
  traffic.labels = stream.Labels();
  traffic.lines_flagged = stream.truth().lines_flagged();
  return traffic;
}

CityOptions TwoDays() {
  CityOptions options;
  options.subscribers = 500;
  options.days = 2;
  return options;
}

CityOptions Untidy() {
  CityOptions options = TwoDays();
  options.imperfections.duplicates = 20'000;
  options.imperfections.disorder = 50'000;
  options.imperfections.mixed_forms = 300'000;
  options.imperfections.missing_ids = 10'000;
  options.imperfections.bad_rows = 1'000;
  return options;
}

uint64_t Fnv1a(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// Setup times of every calling number, sorted: read from the text, each attempt once.
std::map<PhoneNumber, std::vector<int64_t>> SetupsFromText(std::string_view csv,
                                                           uint64_t& rejected) {
  const NumberPlan plan = *NumberPlan::Create({});
  std::map<PhoneNumber, std::vector<int64_t>> setups;
  std::set<std::string> seen;
  rejected = 0;
  csv.remove_suffix(1);
  for (std::string_view row : Split(csv, '\n')) {
    const auto fields = Split(row, ',');
    const auto calling =
        fields.size() == 8 ? plan.Normalise(fields[1]) : absl::InvalidArgumentError("columns");
    const auto called =
        fields.size() == 8 ? plan.Normalise(fields[2]) : absl::InvalidArgumentError("columns");
    const auto setup = fields.size() == 8 ? ParseTime(fields[3], absl::UTCTimeZone())
                                          : absl::InvalidArgumentError("columns");
    if (!calling.ok() || !called.ok() || !setup.ok()) {
      ++rejected;
      continue;
    }
    const std::string key = fields[0].empty() ? std::string(row) : std::string(fields[0]);
    if (seen.insert(key).second) setups[*calling].push_back(ToUnixMicros(*setup));
  }
  for (auto& [number, times] : setups) std::sort(times.begin(), times.end());
  return setups;
}

bool EverAbove(const std::vector<int64_t>& times, size_t threshold, Duration window) {
  for (size_t i = threshold; i < times.size(); ++i) {
    if (times[i - threshold] > times[i] - window.count()) return true;
  }
  return false;
}

void ExpectLabelsAreTrue(const CityOptions& options) {
  const Traffic traffic = Generate(options);
  uint64_t rejected = 0;
  const auto setups = SetupsFromText(traffic.csv, rejected);
  EXPECT_EQ(rejected, traffic.totals.bad_rows);
  std::map<uint32_t, std::vector<int64_t>> by_line;
  uint64_t calls = 0;
  int flagged = 0;
  for (const Label& label : traffic.labels) {
    const auto found = setups.find(label.number);
    const std::vector<int64_t> none;
    const auto& times = found == setups.end() ? none : found->second;
    EXPECT_EQ(label.calls, times.size()) << label.number.ToString();
    EXPECT_EQ(label.flagged, EverAbove(times, options.threshold, options.window))
        << label.number.ToString() << " " << RoleName(label.role);
    if (label.line != kNoLine) {
      by_line[label.line].insert(by_line[label.line].end(), times.begin(), times.end());
    }
    calls += times.size();
    flagged += label.flagged ? 1 : 0;
  }
  EXPECT_EQ(calls, traffic.totals.calls);
  EXPECT_GT(flagged, 10);
  for (auto& [line, times] : by_line) {
    std::sort(times.begin(), times.end());
    EXPECT_EQ(traffic.lines_flagged[line],
              EverAbove(times, traffic.city.lines()[line].daily_limit, std::chrono::hours(24)));
  }
}

TEST(Traffic, LabelsAgreeWithAnIndependentCount) { ExpectLabelsAreTrue(TwoDays()); }

TEST(Traffic, LabelsAgreeWithAnIndependentCountOfUntidyRows) { ExpectLabelsAreTrue(Untidy()); }

TEST(Traffic, LabelsAgreeForAnotherThresholdAndWindow) {
  CityOptions options = TwoDays();
  options.threshold = 15;
  options.window = std::chrono::minutes(45);
  ExpectLabelsAreTrue(options);
}

// Whoever changes the generator on purpose puts the new value here and says so in the change log:
// scores of different versions can't be compared.
TEST(Traffic, SameSeedGivesTheSameBytes) {
  const Traffic traffic = Generate(Untidy());
  EXPECT_EQ(Fnv1a(traffic.csv), 4364067500084531330u);
  EXPECT_EQ(Fnv1a(LedgerCsv(traffic.city)), 3624522223013064423u);
  EXPECT_EQ(Fnv1a(WhitelistCsv(traffic.city)), 6124816734873117399u);
  EXPECT_EQ(Fnv1a(LabelsCsv(traffic.city, traffic.labels)), 4779583303639232489u);
}

TEST(Traffic, AnotherSeedGivesOtherBytes) {
  CityOptions options = TwoDays();
  const uint64_t first = Fnv1a(Generate(options).csv);
  options.seed = 2;
  EXPECT_NE(Fnv1a(Generate(options).csv), first);
}

TEST(Traffic, BatchesOfAnySizeGiveTheSameRows) {
  const City city = *City::Build(TwoDays());
  TrafficStream stream(city);
  TrafficBatch batch;
  std::string csv;
  while (stream.Next(7, batch)) csv += batch.csv;
  EXPECT_EQ(csv, Generate(TwoDays()).csv);
}

TEST(Traffic, ComesInTheOrderOfSetupTimes) {
  const Traffic traffic = Generate(TwoDays());
  EXPECT_TRUE(std::is_sorted(traffic.calls.begin(), traffic.calls.end(),
                             [](const Call& a, const Call& b) { return a.setup < b.setup; }));
  EXPECT_EQ(traffic.totals.late_rows, 0u);
}

TEST(Traffic, DisorderStaysWithinTheLateness) {
  const Traffic traffic = Generate(Untidy());
  int64_t newest = 0;
  int64_t most_behind = 0;
  for (const Call& call : traffic.calls) {
    newest = std::max(newest, call.setup);
    most_behind = std::max(most_behind, newest - call.setup);
  }
  EXPECT_GT(traffic.totals.late_rows, 1'000u);
  EXPECT_GT(most_behind, 20 * 60'000);
  EXPECT_LT(most_behind, 30 * 60'000);
}

TEST(Traffic, TotalsAddUpToTheLines) {
  const Traffic traffic = Generate(Untidy());
  const auto lines = std::count(traffic.csv.begin(), traffic.csv.end(), '\n');
  EXPECT_EQ(static_cast<uint64_t>(lines), traffic.totals.rows);
  EXPECT_EQ(traffic.totals.rows,
            traffic.totals.calls + traffic.totals.duplicates + traffic.totals.bad_rows);
  EXPECT_GT(traffic.totals.duplicates, 0u);
  EXPECT_GT(traffic.totals.bad_rows, 0u);
  EXPECT_EQ(traffic.totals.calls, traffic.city.planned_calls());
}

TEST(Traffic, MeetsTheTargetOfRowsWithinATenth) {
  for (uint64_t target : {60'000u, 150'000u, 400'000u}) {
    CityOptions options;
    options.target_rows = target;
    options.imperfections.duplicates = 20'000;
    EXPECT_NEAR(static_cast<double>(Generate(options).totals.rows), static_cast<double>(target),
                static_cast<double>(target) / 10);
  }
}

TEST(Traffic, TimesOfOneCallFollowEachOther) {
  for (const Call& call : Generate(TwoDays()).calls) {
    if (call.answer.has_value()) {
      ASSERT_GT(*call.answer, call.setup);
      ASSERT_GT(call.release, *call.answer);
      ASSERT_TRUE(call.cause.code == 16 || call.cause.code == 200);
    }
    ASSERT_GT(call.release, call.setup);
    ASSERT_NE(call.cause.scheme, Cause::Scheme::kNone);
  }
}

// What each kind of caller does in two weekdays.
class Roles : public testing::Test {
 protected:
  static void SetUpTestSuite() { traffic_ = new Traffic(Generate(TwoDays())); }
  static void TearDownTestSuite() {
    delete traffic_;
    traffic_ = nullptr;
  }

  static std::vector<const Label*> Of(Role role) {
    std::vector<const Label*> labels;
    for (const Label& label : traffic_->labels) {
      if (label.role == role) labels.push_back(&label);
    }
    EXPECT_FALSE(labels.empty());
    return labels;
  }

  static std::vector<const Call*> CallsOf(Role role) {
    std::vector<const Call*> calls;
    for (const Call& call : traffic_->calls) {
      if (traffic_->city.callers()[call.caller].role == role) calls.push_back(&call);
    }
    return calls;
  }

  static double AnsweredShare(Role role) {
    const auto calls = CallsOf(role);
    const auto answered = std::count_if(calls.begin(), calls.end(),
                                        [](const Call* call) { return call->answer.has_value(); });
    return static_cast<double>(answered) / static_cast<double>(calls.size());
  }

  // Of all calls of a role, the share that is the caller's first to that number.
  static double NewNumberShare(Role role) {
    const auto calls = CallsOf(role);
    std::set<std::pair<uint32_t, PhoneNumber>> pairs;
    for (const Call* call : calls) pairs.insert({call->caller, call->called});
    return static_cast<double>(pairs.size()) / static_cast<double>(calls.size());
  }

  static size_t DayCount(PhoneNumber number, int64_t day) {
    return static_cast<size_t>(
        std::count_if(traffic_->calls.begin(), traffic_->calls.end(), [&](const Call& call) {
          return traffic_->city.callers()[call.caller].number == number &&
                 call.setup / kDayMillis == day;
        }));
  }

  static Traffic* traffic_;
};

Traffic* Roles::traffic_ = nullptr;

TEST_F(Roles, SubscribersAreNeverFlagged) {
  for (const Label* label : Of(Role::kSubscriber)) {
    EXPECT_FALSE(label->flagged);
    EXPECT_FALSE(label->nuisance);
    EXPECT_LE(label->calls, 80u);
  }
}

TEST_F(Roles, CouriersLookBusyButStayBelow) {
  for (const Label* label : Of(Role::kCourier)) {
    EXPECT_GE(label->calls, 60u);
    EXPECT_LE(label->calls, 560u);
    EXPECT_FALSE(label->nuisance);
  }
  EXPECT_GT(AnsweredShare(Role::kCourier), 0.7);
}

TEST_F(Roles, SomeCouriersAreAboveAndNotANuisance) {
  const auto labels = Of(Role::kBusyCourier);
  for (const Label* label : labels) {
    EXPECT_TRUE(label->flagged);
    EXPECT_FALSE(label->nuisance);
  }
  EXPECT_EQ(labels[0]->treatment, Treatment::kReport);
  EXPECT_EQ(labels[1]->treatment, Treatment::kBlock);
}

TEST_F(Roles, HospitalsReachFiveThousandCallsAndAreOnlyReported) {
  const auto labels = Of(Role::kHospital);
  EXPECT_EQ(DayCount(labels[0]->number, 0), 5'000u);
  for (const Label* label : labels) {
    EXPECT_TRUE(label->flagged);
    EXPECT_EQ(label->treatment, Treatment::kReport);
  }
}

TEST_F(Roles, ApprovedAndProtectedCallersAreOnlyReported) {
  for (Role role : {Role::kVerification, Role::kUtility, Role::kDisasterWarning}) {
    for (const Label* label : Of(role)) {
      EXPECT_TRUE(label->flagged) << RoleName(role);
      EXPECT_EQ(label->treatment, Treatment::kReport) << RoleName(role);
    }
  }
  const auto government = Of(Role::kGovernment);
  EXPECT_EQ(government[0]->number.ToString(), "12345");
  EXPECT_TRUE(government[0]->flagged);
  EXPECT_EQ(government[0]->treatment, Treatment::kReport);
}

TEST_F(Roles, TelemarketersAreSuspended) {
  std::set<Industry> industries;
  for (const Label* label : Of(Role::kTelemarketer)) {
    EXPECT_TRUE(label->flagged && label->nuisance);
    EXPECT_EQ(label->treatment, Treatment::kSuspend);
    EXPECT_GE(DayCount(label->number, 0), 301u);
    EXPECT_LE(DayCount(label->number, 0), 3'000u);
    industries.insert(label->industry);
  }
  EXPECT_THAT(industries,
              testing::ElementsAre(Industry::kLoan, Industry::kProperty, Industry::kShares));
  EXPECT_LT(AnsweredShare(Role::kTelemarketer), 0.35);
}

TEST_F(Roles, TelemarketersAndCouriersCallNewNumbersAndSubscribersTheirFriends) {
  EXPECT_GT(NewNumberShare(Role::kTelemarketer), 0.95);
  EXPECT_GT(NewNumberShare(Role::kCourier), 0.95);
  EXPECT_LT(NewNumberShare(Role::kSubscriber), 0.85);
}

TEST_F(Roles, SomeTelemarketersCountUpwards) {
  int upwards = 0;
  int others = 0;
  for (const Label* label : Of(Role::kTelemarketer)) {
    int steps_of_one = 0;
    uint64_t before = 0;
    for (const Call* call : CallsOf(Role::kTelemarketer)) {
      if (traffic_->city.callers()[call->caller].number != label->number) continue;
      steps_of_one += call->called.packed() == before + 1 ? 1 : 0;
      before = call->called.packed();
    }
    (steps_of_one > 200 ? upwards : others) += 1;
  }
  EXPECT_GT(upwards, 0);
  EXPECT_GT(others, 0);
}

TEST_F(Roles, NightTelemarketersAreAboveOnlyAcrossMidnight) {
  for (const Label* label : Of(Role::kNightTelemarketer)) {
    EXPECT_TRUE(label->flagged);
    EXPECT_LT(DayCount(label->number, 0), 300u);
    EXPECT_LT(DayCount(label->number, 1), 300u);
  }
}

TEST_F(Roles, CallersBelowTheThresholdAreANuisanceThatIsNotFlagged) {
  for (const Label* label : Of(Role::kBelowThreshold)) {
    EXPECT_TRUE(label->nuisance);
    EXPECT_FALSE(label->flagged);
    EXPECT_EQ(label->treatment, Treatment::kNone);
    EXPECT_GE(DayCount(label->number, 0), 250u);
    EXPECT_LE(DayCount(label->number, 0), 300u);
  }
}

TEST_F(Roles, RotatorsStayBelowButTheirLineIsAboveItsLimit) {
  for (const Label* label : Of(Role::kRotator)) {
    EXPECT_FALSE(label->flagged);
    EXPECT_TRUE(label->line_flagged);
    EXPECT_EQ(label->treatment, Treatment::kReport);
    EXPECT_LE(DayCount(label->number, 0), 240u);
  }
}

TEST_F(Roles, OfficesStayWithinTheirDeclaredLimit) {
  for (const Label* label : Of(Role::kOffice)) {
    EXPECT_FALSE(label->flagged || label->line_flagged);
  }
  std::map<uint32_t, std::set<uint16_t>> trunks;
  for (const Call* call : CallsOf(Role::kOffice)) {
    trunks[traffic_->city.callers()[call->caller].line].insert(call->trunk);
  }
  for (const auto& [line, used] : trunks) EXPECT_GE(used.size(), 2u);
}

TEST_F(Roles, ForeignCallersAreInNoLedgerAndBlocked) {
  for (const Label* label : Of(Role::kForeign)) {
    EXPECT_TRUE(label->flagged && label->nuisance);
    EXPECT_EQ(label->line, kNoLine);
    EXPECT_EQ(label->treatment, Treatment::kBlock);
  }
}

TEST_F(Roles, LapsedApprovalProtectsNobody) {
  for (const Label* label : Of(Role::kLapsedApproval)) {
    EXPECT_TRUE(label->flagged);
    EXPECT_EQ(label->treatment, Treatment::kSuspend);
  }
}

TEST_F(Roles, TheBombHitsOneNumberWithinTenMinutes) {
  const auto calls = CallsOf(Role::kBombCaller);
  EXPECT_GT(calls.size(), 700u);
  std::set<uint32_t> callers;
  for (const Call* call : calls) {
    EXPECT_EQ(call->called, Of(Role::kBombVictim)[0]->number);
    callers.insert(call->caller);
  }
  EXPECT_GT(callers.size(), 200u);
  EXPECT_LE(calls.back()->setup - calls.front()->setup, 10 * 60'000);
}

}  // namespace
}  // namespace ringfence::generate
