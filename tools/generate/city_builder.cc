#include "tools/generate/city_builder.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "tools/generate/day_shape.h"
#include "tools/generate/numbers.h"

namespace ringfence::generate {
namespace {

constexpr uint16_t kMobileTrunk = 0;
constexpr uint16_t kAbroadTrunk = 4;
constexpr uint16_t kOtherCarrierTrunk = 6;
constexpr std::array<std::string_view, 8> kSharedTrunks{"MSC-1",    "MSC-2",    "MSC-3", "MSC-4",
                                                        "GW-INT-1", "GW-INT-2", "IC-1",  "IC-2"};

constexpr uint32_t kSubscriberMean = 5;
constexpr uint32_t kSubscriberMost = 40;

struct NuisanceTrade {
  Industry industry;
  std::string_view customer;
  std::string_view purpose;
};

constexpr std::array<NuisanceTrade, 3> kTrades{{
    {Industry::kLoan, "示例信贷咨询有限公司", "客户回访"},
    {Industry::kProperty, "示例房产经纪有限公司", "业主服务"},
    {Industry::kShares, "示例投资顾问有限公司", "会员服务"},
}};

constexpr std::array<std::string_view, 8> kOffices{
    "威海示例贸易有限公司", "威海示例机械厂",   "示例海产有限公司", "示例旅行社",
    "示例物业服务有限公司", "示例软件有限公司", "威海示例学校",     "Example Shipping, Weihai",
};

int32_t Clock(uint32_t hour, uint32_t minute = 0) {
  return static_cast<int32_t>(hour * 60 + minute) * 60'000;
}

}  // namespace

CityBuilder::CityBuilder(City city)
    : city_(std::move(city)), rng_(Combine(city_.options_.seed, 0)) {}

absl::StatusOr<City> CityBuilder::Build() && {
  const uint32_t subscribers = EstimateSubscribers();
  AddTrunks();
  AddProtectedLines(subscribers);
  AddApprovedLines(subscribers);
  AddTelemarketers(subscribers);
  AddQuietNuisance(subscribers);
  AddForeign(subscribers);
  AddOffices(subscribers);
  AddCouriers(subscribers);
  AddBomb();
  RF_RETURN_IF_ERROR(AddSubscribers());
  return std::move(city_);
}

uint32_t CityBuilder::EstimateSubscribers() const {
  const CityOptions& options = city_.options_;
  if (options.target_rows == 0) return options.subscribers;
  constexpr uint64_t kOthersPerDay = 38'000;
  constexpr uint64_t kPerSubscriber = 7;  // with the others that grow along
  const uint64_t per_day = options.target_rows / options.days;
  if (per_day <= kOthersPerDay) return 0;
  return static_cast<uint32_t>(
      std::min<uint64_t>((per_day - kOthersPerDay) / kPerSubscriber, kMostSubscribers));
}

void CityBuilder::AddTrunks() {
  for (std::string_view name : kSharedTrunks) city_.trunks_.emplace_back(name);
}

void CityBuilder::AddProtectedLines(uint32_t subscribers) {
  for (uint32_t i = 0; i < 1 + subscribers / 60'000; ++i) {
    StartLine({"威海示例医院", "预约挂号", "medical", "hospital", "00:00-24:00", 2});
    AddLandline(Role::kHospital, Industry::kNone, i == 0 ? 5'000 : 2'500, 5'000);
    for (int n = 0; n < 2; ++n) AddLandline(Role::kHospital, Industry::kNone, 300, 900);
    SetLimit(15'000);
  }
  StartLine({"示例市政务服务热线", "政务回访", "government", "government", "00:00-24:00", 2});
  AddCaller(*PhoneNumber::ShortCode("12345"), Role::kGovernment, Industry::kNone, 350, 500);
  for (int n = 0; n < 2; ++n) AddLandline(Role::kGovernment, Industry::kNone, 120, 280);
  SetLimit(3'000);

  StartLine({"示例供电公司", "停电通知", "utility", "utility", "00:00-24:00", 1});
  AddLandline(Role::kUtility, Industry::kNone, 350, 700);
  SetLimit(3'000);

  StartLine({"示例气象台", "灾害预警", "weather", "disaster-warning", "00:00-24:00", 1});
  Caller& storm = AddLandline(Role::kDisasterWarning, Industry::kNone, 1'500, 2'500);
  storm.window_from = Clock(15);
  storm.window_to = Clock(17);
  storm.only_day = 0;
  SetLimit(10'000);
}

void CityBuilder::AddApprovedLines(uint32_t subscribers) {
  const uint32_t count = 1 + subscribers / 60'000;
  for (uint32_t i = 0; i < count; ++i) {
    StartLine({"示例验证码平台", "语音验证码", "verification", "ordinary", "00:00-24:00", 3});
    for (int n = 0; n < 2; ++n) {
      AddLandline(Role::kVerification, Industry::kNone, 1'500, 4'000);
      Approve("语音验证码平台", "contract and approval 2026-01", false);
    }
    SetLimit(20'000);
  }
  for (uint32_t i = 0; i < count; ++i) {
    StartLine({"示例教育咨询有限公司", "课程通知", "education", "ordinary", "09:00-18:00", 1});
    AddLandline(Role::kLapsedApproval, Industry::kOther, 400, 1'500);
    Approve("课程通知外呼", "approval of last year, not renewed", true);
    SetLimit(2'000);
  }
}

void CityBuilder::AddTelemarketers(uint32_t subscribers) {
  const uint32_t count = 9 + subscribers / 5'000;
  for (uint32_t i = 0; i < count; ++i) {
    const NuisanceTrade& trade = kTrades[i % kTrades.size()];
    StartLine({trade.customer, trade.purpose, IndustryName(trade.industry), "ordinary",
               "09:00-18:00", 1 + i % 2});
    // The first two are the edges: just over the threshold of 300, and the most.
    uint32_t calls = rng_.Skewed(301, 3'000);
    if (i == 0) calls = 301;
    if (i == 1) calls = 3'000;
    const uint32_t spread = i < 2 ? 0 : calls / 5;
    AddLandline(Role::kTelemarketer, trade.industry, std::max(301u, calls - spread),
                std::min(3'000u, calls + spread));
    SetLimit(280);
  }
  if (city_.options_.days < 2) return;  // no midnight to cross
  for (uint32_t i = 0; i < 2 + subscribers / 40'000; ++i) {
    const NuisanceTrade& trade = kTrades[i % kTrades.size()];
    StartLine({trade.customer, trade.purpose, IndustryName(trade.industry)});
    Caller& night = AddLandline(Role::kNightTelemarketer, trade.industry, 320, 420);
    night.window_from = Clock(20);
    night.window_to = Clock(26);
    SetLimit(280);
  }
}

void CityBuilder::AddQuietNuisance(uint32_t subscribers) {
  for (uint32_t i = 0; i < 3 + subscribers / 20'000; ++i) {
    const NuisanceTrade& trade = kTrades[i % kTrades.size()];
    StartLine({trade.customer, trade.purpose, IndustryName(trade.industry)});
    const uint32_t calls = i == 0 ? 300 : rng_.Between(250, 300);
    AddLandline(Role::kBelowThreshold, trade.industry, calls, calls);
    SetLimit(320);
  }
  for (uint32_t i = 0; i < 1 + subscribers / 60'000; ++i) {
    const NuisanceTrade& trade = kTrades[i % kTrades.size()];
    StartLine({trade.customer, trade.purpose, IndustryName(trade.industry), "ordinary",
               "09:00-18:00", 2});
    const auto numbers = static_cast<int32_t>(rng_.Between(12, 30));
    const int32_t slot = (Clock(19) - Clock(9)) / numbers;
    for (int32_t n = 0; n < numbers; ++n) {
      Caller& caller = AddLandline(Role::kRotator, trade.industry, 120, 240);
      caller.window_from = Clock(9) + n * slot;
      caller.window_to = caller.window_from + slot;
    }
    SetLimit(800);
  }
}

void CityBuilder::AddForeign(uint32_t subscribers) {
  on_line_ = false;
  for (uint32_t i = 0; i < 4 + subscribers / 15'000; ++i) {
    const bool abroad = i % 2 == 0 && abroad_ < kAbroadCount;
    const uint64_t digits = abroad ? AbroadDigits(abroad_++) : kOtherCarrier + other_carrier_++;
    const uint32_t calls = rng_.Between(330, 1'500);
    Caller& caller = AddCaller(*PhoneNumber::International(std::to_string(digits)), Role::kForeign,
                               Industry::kLoan, calls, calls + calls / 10);
    caller.trunk = abroad ? kAbroadTrunk : kOtherCarrierTrunk;
    caller.trunk_count = 2;
  }
}

void CityBuilder::AddCouriers(uint32_t subscribers) {
  on_line_ = false;
  for (uint32_t i = 0; i < 10 + subscribers / 250; ++i) {
    const uint32_t calls = rng_.Between(40, 240);
    AddMobile(Role::kCourier, Industry::kDelivery, std::max(30u, calls * 3 / 4),
              std::min(280u, calls * 5 / 4));
  }
  for (uint32_t i = 0; i < 2 + subscribers / 20'000; ++i) {
    AddMobile(Role::kBusyCourier, Industry::kDelivery, 310, 420);
    // Only some have asked for it: the others are what the rule gets wrong.
    if (i % 2 == 0) Approve("快递派送", "employer's letter, delivery area", false);
  }
}

void CityBuilder::AddOffices(uint32_t subscribers) {
  constexpr uint32_t kMostNumbers = 8;
  for (uint32_t i = 0; i < 4 + subscribers / 1'000; ++i) {
    if (landlines_ + kMostNumbers > kLandlineCount) break;
    Line& line = StartLine({kOffices[i % kOffices.size()], "日常办公", "office", "ordinary",
                            "00:00-24:00", 2 + i % 2});
    line.qualification_expired = i % 17 == 16;
    const uint32_t numbers = rng_.Between(2, kMostNumbers);
    for (uint32_t n = 0; n < numbers; ++n) {
      const uint32_t calls = rng_.Between(15, 110);
      AddLandline(Role::kOffice, Industry::kOther, calls, calls + calls / 4);
    }
    SetLimit(numbers * 300);
  }
}

void CityBuilder::AddBomb() {
  constexpr uint32_t kCallers = 240;
  on_line_ = false;
  city_.victim_ = static_cast<uint32_t>(city_.callers_.size());
  AddMobile(Role::kBombVictim, Industry::kNone, kSubscriberMean, kSubscriberMost);
  for (uint32_t i = 0; i < kCallers; ++i) {
    Caller& caller =
        AddCaller(*PhoneNumber::International(std::to_string(kOtherCarrier + other_carrier_++)),
                  Role::kBombCaller, Industry::kNone, 3, 6);
    caller.window_from = Clock(20, 15);
    caller.window_to = Clock(20, 25);
    caller.only_day = 0;
    caller.trunk = kOtherCarrierTrunk;
    caller.trunk_count = 2;
  }
}

absl::Status CityBuilder::AddSubscribers() {
  const CityOptions& options = city_.options_;
  for (uint32_t i = 0; i < city_.callers_.size(); ++i) city_.planned_calls_ += CallsOf(i);
  on_line_ = false;
  if (options.target_rows == 0) {
    city_.callers_.reserve(city_.callers_.size() + options.subscribers);
    for (uint32_t i = 0; i < options.subscribers; ++i) {
      AddMobile(Role::kSubscriber, Industry::kNone, kSubscriberMean, kSubscriberMost);
      city_.planned_calls_ += CallsOf(static_cast<uint32_t>(city_.callers_.size() - 1));
    }
    return absl::OkStatus();
  }
  const uint64_t extra = options.imperfections.duplicates + options.imperfections.bad_rows;
  const uint64_t target_calls = options.target_rows * 1'000'000 / (1'000'000 + extra);
  constexpr uint64_t kFewestOrdinaryCalls = 2 * kFewestSubscribers;
  if (target_calls < city_.planned_calls_ + kFewestOrdinaryCalls) {
    const uint64_t least =
        (city_.planned_calls_ + kFewestOrdinaryCalls) * (1'000'000 + extra) / 1'000'000;
    return absl::InvalidArgumentError(
        absl::StrCat("a city with every kind of caller makes at least ", least, " rows in ",
                     options.days, " day(s); ", options.target_rows, " were asked for"));
  }
  for (uint32_t added = 0; city_.planned_calls_ < target_calls; ++added) {
    if (added == kMostSubscribers) {
      return absl::InvalidArgumentError(absl::StrCat(options.target_rows, " rows in ", options.days,
                                                     " day(s) need more than ", kMostSubscribers,
                                                     " subscribers; ask for more days"));
    }
    AddMobile(Role::kSubscriber, Industry::kNone, kSubscriberMean, kSubscriberMost);
    city_.planned_calls_ += CallsOf(static_cast<uint32_t>(city_.callers_.size() - 1));
  }
  return absl::OkStatus();
}

Line& CityBuilder::StartLine(const LineSpec& spec) {
  const size_t index = city_.lines_.size() + 1;
  Line line;
  line.id = absl::StrFormat("WH-%05d", index);
  line.customer_id = absl::StrFormat("C-%05d", index);
  const auto same = std::count_if(city_.lines_.begin(), city_.lines_.end(), [&](const Line& other) {
    return std::string_view(other.customer_name).starts_with(spec.customer);
  });
  line.customer_name = std::string(spec.customer);
  if (same > 0) absl::StrAppend(&line.customer_name, " ", same + 1);
  line.purpose = std::string(spec.purpose);
  line.industry = std::string(spec.industry);
  line.line_class = std::string(spec.line_class);
  line.hours = std::string(spec.hours);
  line.qualification = absl::StrFormat("QUAL-%05d", index);
  line.contract = absl::StrFormat("CT-%05d", index);
  line.first_caller = static_cast<uint32_t>(city_.callers_.size());
  line.trunk = static_cast<uint16_t>(city_.trunks_.size());
  line.trunk_count = static_cast<uint8_t>(spec.trunk_count);
  for (uint32_t i = 0; i < spec.trunk_count; ++i) {
    city_.trunks_.push_back(absl::StrFormat("TG-%05d-%d", index, i + 1));
  }
  on_line_ = true;
  return city_.lines_.emplace_back(std::move(line));
}

Caller& CityBuilder::AddLandline(Role role, Industry industry, uint32_t low, uint32_t high) {
  const uint64_t digits = kLandlines + landlines_++;
  return AddCaller(*PhoneNumber::International(std::to_string(digits)), role, industry, low, high);
}

Caller& CityBuilder::AddMobile(Role role, Industry industry, uint32_t low, uint32_t high) {
  const uint64_t digits = MobileDigits(city_.mobiles_++);
  Caller& caller = AddCaller(PhoneNumber::FromPacked(digits), role, industry, low, high);
  caller.trunk = kMobileTrunk;
  caller.trunk_count = 4;
  return caller;
}

Caller& CityBuilder::AddCaller(PhoneNumber number, Role role, Industry industry, uint32_t low,
                               uint32_t high) {
  Caller caller;
  caller.number = number;
  caller.calls_low = low;
  caller.calls_high = high;
  caller.role = role;
  caller.industry = industry;
  if (on_line_) {
    Line& line = city_.lines_.back();
    caller.line = static_cast<uint32_t>(city_.lines_.size() - 1);
    caller.trunk = line.trunk;
    caller.trunk_count = line.trunk_count;
    ++line.numbers;
  }
  return city_.callers_.emplace_back(caller);
}

void CityBuilder::Approve(std::string_view reason, std::string_view evidence, bool expired) {
  city_.callers_.back().whitelisted = !expired;
  city_.whitelist_.push_back({static_cast<uint32_t>(city_.callers_.size() - 1), std::string(reason),
                              std::string(evidence), expired});
}

uint64_t CityBuilder::CallsOf(uint32_t caller) const {
  uint64_t calls = 0;
  for (uint32_t day = 0; day < city_.options_.days; ++day) calls += city_.CallsOn(caller, day);
  return calls;
}

}  // namespace ringfence::generate
