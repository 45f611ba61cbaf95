#include "detector/floods/flood_state.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "ingest/model/event_time.h"
#include "ingest/model/heap.h"

namespace ringfence {
namespace {

// Who called most, as evidence.
std::vector<FloodFacts::Caller> TopCallers(const CallsByCaller& counts) {
  std::vector<FloodFacts::Caller> callers;
  callers.reserve(counts.size());
  for (const auto& [caller, calls] : counts) {
    callers.push_back({CallingNumber(PhoneNumber::FromPacked(caller)), calls});
  }
  const size_t most = std::min(callers.size(), FloodFacts::kMaxCallers);
  std::partial_sort(callers.begin(), callers.begin() + static_cast<ptrdiff_t>(most), callers.end(),
                    [](const FloodFacts::Caller& a, const FloodFacts::Caller& b) {
                      return a.calls != b.calls ? a.calls > b.calls : a.number < b.number;
                    });
  callers.resize(most);
  return callers;
}

FloodFacts::Measure MeasureOf(const FloodWindow& window, const FloodCount& count, bool service) {
  if (service) return FloodFacts::Measure::kRepeatedCalls;
  const bool many_callers = count.calls <= window.calls && count.callers > window.callers;
  return many_callers ? FloodFacts::Measure::kCallers : FloodFacts::Measure::kCalls;
}

}  // namespace

FloodSet::FloodSet(const FloodRule& flood, const DetectorOptions& options)
    : rule(flood),
      place(static_cast<uint32_t>(options.rules.size())),
      lateness(std::min(flood.lateness, options.lateness)),
      held(flood.windows.back().length + lateness) {}

// A call on its way through the rule.
struct FloodState::Judged {
  const FloodSet& set;
  FloodMeter& meter;
  const CalledCall& call;
  size_t inserted;  // its position among the calls
};

void FloodState::Consume(const FloodSet& set, FloodMeter& meter, const CalledCall& call,
                         std::vector<Found>& found) {
  DropOlder(call.newest, set.held);
  const uint64_t caller = call.cdr->calling.number().packed();
  const bool can_flood = CanFlood(caller);
  const Judged judged{set, meter, call, Insert({call.cdr->setup, caller})};
  if (episode_.open) return JudgeOpen(judged, found);
  if (!can_flood) return;
  if (quiet_calls_ > 0) {
    --quiet_calls_;
  } else {
    JudgeClosed(judged, found);
  }
}

// The first call of a number floods no service.
bool FloodState::CanFlood(uint64_t caller) {
  return known_ == nullptr || !known_->insert(caller).second;
}

size_t FloodState::Insert(const ReceivedCall& call) {
  if (calls().empty() || calls_.back().time <= call.time) {
    calls_.push_back(call);
    return calls().size() - 1;
  }
  const auto place =
      std::upper_bound(calls_.begin() + static_cast<ptrdiff_t>(begin_), calls_.end(), call.time,
                       [](EventTime time, const ReceivedCall& other) { return time < other.time; });
  const auto position = static_cast<size_t>(place - calls_.begin()) - begin_;
  calls_.insert(place, call);
  return position;
}

void FloodState::DropOlder(EventTime reference, Duration age) {
  while (begin_ < calls_.size() && !InWindow(calls_[begin_].time, reference, age)) ++begin_;
  if (begin_ < calls_.size() - begin_) return;  // amortised: as many are dropped as moved
  calls_.erase(calls_.begin(), calls_.begin() + static_cast<ptrdiff_t>(begin_));
  begin_ = 0;
  if (calls_.capacity() > 64 && calls_.capacity() > 4 * calls_.size()) calls_.shrink_to_fit();
}

// The positions from `from` on that are flooded, and how long nothing else can be.
std::vector<size_t> FloodState::MeasureAll(FloodMeter& meter, size_t from) {
  std::vector<size_t> flooded;
  quiet_calls_ = std::numeric_limits<int64_t>::max();
  meter.Begin(calls());
  for (size_t i = 0; i < calls().size(); ++i) {
    const int64_t room = meter.Next(service_);
    if (room >= 0) {
      quiet_calls_ = std::min(quiet_calls_, room);
    } else if (i >= from) {
      flooded.push_back(i);
    }
  }
  if (!service_) return flooded;
  known_ = std::make_unique<absl::flat_hash_set<uint64_t>>();
  for (const ReceivedCall& call : calls()) known_->insert(call.caller);
  return flooded;
}

// What Judge() does for other rules: here, too, a call never takes another one below a limit.
void FloodState::JudgeClosed(const Judged& judged, std::vector<Found>& found) {
  const std::vector<size_t> flooded = MeasureAll(judged.meter, judged.inserted);
  if (flooded.empty()) return;
  const absl::Span<const ReceivedCall> all = calls();
  const bool newest_flooded = flooded.back() == all.size() - 1;
  for (size_t k = 0; k < flooded.size(); ++k) {
    const EventTime time = all[flooded[k]].time;
    if (newest_flooded) {
      if (episode_.covered && time < *episode_.covered) continue;
      episode_.open = true;
      open_until_ = FloodedUntil(all, judged.set.rule.windows, service_);
      return Report(judged, Transition::kOpened, flooded[k], found);
    }
    if (episode_.covered && time <= *episode_.covered) {
      episode_.covered = std::max(*episode_.covered, all[flooded[k] + 1].time);
      continue;
    }
    Report(judged, Transition::kOpened, flooded[k], found);
    while (k + 1 < flooded.size() && flooded[k + 1] == flooded[k] + 1) ++k;
    episode_.covered = all.back().time;
    return Report(judged, Transition::kClosed, flooded[k] + 1, found);
  }
}

// A call that comes late can't close it: the episode covers all that is past.
void FloodState::JudgeOpen(const Judged& judged, std::vector<Found>& found) {
  const size_t newest = calls().size() - 1;
  if (judged.inserted < newest || calls()[newest].time < open_until_) return;
  open_until_ = FloodedUntil(calls(), judged.set.rule.windows, service_);
  if (open_until_ != EventTime::min()) return;
  episode_.open = false;
  episode_.covered = calls()[newest].time;
  quiet_calls_ = 0;
  known_.reset();
  Report(judged, Transition::kClosed, newest, found);
}

void FloodState::Report(const Judged& judged, Transition transition, size_t position,
                        std::vector<Found>& found) {
  Found& added = found.emplace_back();
  added.record = judged.call.record;
  added.rule = judged.set.place;
  added.detection = Describe(judged.set, transition, position);
  const Cdr& cdr = *judged.call.cdr;
  added.detection.number = cdr.calling;
  const bool in_window = cdr.setup >= added.detection.first_call && cdr.setup <= added.detection.at;
  if (in_window && !cdr.record_id.empty()) added.detection.samples = {cdr.record_id};
}

// Of the shortest window that is flooded; none is at the end of an episode: of the longest.
Detection FloodState::Describe(const FloodSet& set, Transition transition, size_t position) const {
  const absl::Span<const ReceivedCall> until = calls().first(position + 1);
  Detection detection;
  detection.rule = set.rule.id;
  detection.rule_version = set.rule.version;
  detection.transition = transition;
  detection.at = until.back().time;
  for (const FloodWindow& window : set.rule.windows) {
    size_t first = 0;
    const CallsByCaller counts = CountWindow(until, window.length, first);
    const FloodCount count{static_cast<uint32_t>(until.size() - first),
                           static_cast<uint32_t>(counts.size())};
    if (RoomIn(window, count, service_) >= 0 && &window != &set.rule.windows.back()) continue;
    const FloodFacts::Measure measure = MeasureOf(window, count, service_);
    detection.flood = FloodFacts{measure, count.calls, count.callers, TopCallers(counts)};
    const bool callers = measure == FloodFacts::Measure::kCallers;
    const uint32_t calls = service_ ? count.repeated() : count.calls;
    detection.count = callers ? count.callers : calls;
    detection.threshold = callers ? window.callers : window.calls;
    detection.window = window.length;
    detection.first_call = until[first].time;
    break;
  }
  return detection;
}

void FloodState::SetService(bool service) {
  service_ = service;
  quiet_calls_ = 0;
  known_.reset();
  open_until_ = EventTime::min();
}

void FloodState::Normalise(const FloodSet& set, EventTime newest) {
  DropOlder(newest, set.held);
  // It is compared with calls that may still come, and with those after them.
  const auto& covered = episode_.covered;
  if (covered && *covered <= newest && !InWindow(*covered, newest, set.lateness + Duration(1))) {
    episode_.covered.reset();
  }
}

size_t FloodState::HeapBytes() const {
  size_t bytes = calls_.capacity() * sizeof(ReceivedCall) + kAllocationBytes;
  if (known_ != nullptr) bytes += known_->capacity() * (sizeof(uint64_t) + 1) + kAllocationBytes;
  return bytes;
}

}  // namespace ringfence
