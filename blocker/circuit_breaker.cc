#include "blocker/circuit_breaker.h"

#include <algorithm>
#include <array>

namespace ringfence {
namespace {

constexpr Duration kMinute = std::chrono::minutes(1);

int64_t DayOf(EventTime time, Duration offset) {
  return std::chrono::floor<std::chrono::days>(time + offset).time_since_epoch().count();
}

}  // namespace

std::string_view BreakerAnswerName(BreakerAnswer answer) {
  constexpr std::array<std::string_view, 4> kNames = {"allowed", "minute", "day", "customer-day"};
  return kNames[static_cast<size_t>(answer)];
}

// A clock that goes back brings nothing back: what was counted stays counted. What a clock that was
// far ahead has counted is taken as counted now: it would stand for years otherwise.
void CircuitBreaker::Forget(EventTime now) {
  if (!minute_.empty() && minute_.back() - now > kMinute) {
    for (EventTime& time : minute_) time = std::min(time, now);
  }
  while (!minute_.empty() && now - minute_.front() >= kMinute) minute_.pop_front();
  const int64_t day = DayOf(now, options_.day_offset);
  if (day_ > day + 1) day_ = day;
  if (day > day_) {
    day_ = day;
    day_count_ = 0;
    customer_count_.clear();
  }
}

BreakerAnswer CircuitBreaker::Ask(const CustomerId& customer, EventTime now) {
  Forget(now);
  if (day_count_ >= options_.per_day) latched_ = true;
  if (latched_) return BreakerAnswer::kDay;
  if (!customer.empty()) {
    const auto count = customer_count_.find(customer);
    if (count != customer_count_.end() && count->second >= options_.per_customer_day) {
      latched_customers_.insert(customer);
    }
    if (latched_customers_.contains(customer)) return BreakerAnswer::kCustomerDay;
  }
  if (minute_.size() >= options_.per_minute) return BreakerAnswer::kMinute;
  return BreakerAnswer::kAllowed;
}

void CircuitBreaker::Record(const CustomerId& customer, EventTime now) {
  Forget(now);
  minute_.push_back(now);
  ++day_count_;
  if (!customer.empty()) ++customer_count_[customer];
}

void CircuitBreaker::Reset() {
  latched_ = false;
  latched_customers_.clear();
  day_count_ = 0;
  customer_count_.clear();
}

}  // namespace ringfence
