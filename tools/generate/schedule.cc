#include "tools/generate/schedule.h"

#include <algorithm>

#include "tools/generate/call_maker.h"
#include "tools/generate/day_shape.h"

namespace ringfence::generate {
namespace {

constexpr int64_t kMinuteMillis = 60'000;

}  // namespace

Schedule::Schedule(const City& city)
    : city_(city),
      plans_(city.callers().size()),
      // A call may start in the last minute and be put off by milliseconds.
      minutes_(static_cast<size_t>(city.options().days * kDayMillis / kMinuteMillis) + 1) {
  for (uint32_t caller = 0; caller < plans_.size(); ++caller) {
    plans_[caller].calls = city.CallsOn(caller, 0);
    Enqueue(caller, 0);
  }
}

void Schedule::Enqueue(uint32_t caller, int64_t not_before) {
  Plan& plan = plans_[caller];
  while (plan.made == plan.calls) {
    if (++plan.day >= city_.options().days) return;
    plan.made = 0;
    plan.calls = city_.CallsOn(caller, plan.day);
  }
  const int64_t setup =
      std::max(not_before, city_.SetupMillis(caller, plan.day, plan.made, plan.calls));
  const auto minute = static_cast<size_t>(setup / kMinuteMillis);
  if (minute < minute_) {
    now_.push({setup, caller});
  } else {
    minutes_[minute].push_back({setup, caller});
  }
}

bool Schedule::FillNow() {
  while (now_.empty()) {
    if (minute_ == minutes_.size()) return false;
    std::vector<Waiting> waiting;
    waiting.swap(minutes_[minute_++]);
    now_ = decltype(now_)({}, std::move(waiting));
  }
  return true;
}

bool Schedule::Next(Call& call) {
  if (!FillNow()) return false;
  const Waiting next = now_.top();
  now_.pop();
  Plan& plan = plans_[next.caller];
  call = MakeCall(city_, next.caller, plan.day, plan.made, next.setup);
  call.sequence = ++sequence_;
  ++plan.made;
  Enqueue(next.caller, next.setup + 1);
  return true;
}

}  // namespace ringfence::generate
