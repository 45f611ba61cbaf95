#include "detector/floods/flood_tracker.h"

#include <algorithm>
#include <utility>

#include "ingest/model/fetch.h"
#include "ingest/model/heap.h"

namespace ringfence {
namespace {

// As many calls as every window allows: with them a number is judged, so one more is not missed.
// Nor so many that a walk through them in the log takes long.
size_t CrowdOf(const FloodRule& rule) {
  uint32_t least = 200;
  for (const FloodWindow& window : rule.windows) {
    least = std::min({least, window.calls, window.callers});
  }
  return least;
}

bool IsEarlier(const ReceivedCall& a, const ReceivedCall& b) { return a.time < b.time; }

}  // namespace

FloodTracker::FloodTracker(const FloodSet& set, std::shared_ptr<const SubjectDirectory> directory)
    : set_(set),
      directory_(std::move(directory)),
      meter_(set.rule.windows),
      crowd_(CrowdOf(set.rule)),
      log_(crowd_) {}

void FloodTracker::Consume(absl::Span<const CalledCall> calls, std::vector<Found>& found) {
  constexpr size_t kGroup = 64;
  const auto fetch = [&](size_t from) {
    FetchList<kGroup> needed;
    const size_t end = std::min(from + kGroup, calls.size());
    for (size_t i = from; i < end; ++i) needed.Add(log_.Approach(calls[i].called));
    needed.Fetch();
  };
  if (!calls.empty()) fetch(0);
  for (size_t from = 0; from < calls.size(); from += kGroup) {
    if (from + kGroup < calls.size()) fetch(from + kGroup);
    for (const CalledCall& call : calls.subspan(from, kGroup)) Count(call, found);
  }
}

void FloodTracker::Count(const CalledCall& call, std::vector<Found>& found) {
  if (log_.IsMarked(call.called)) {
    const auto state = states_.find(call.called);
    if (state != states_.end()) return Feed(call, *state->second, found);
  }
  if (log_.IsCrowd(call.called)) {
    return Feed(call, NewState(call.called, log_.TakeOut(call.called), call.newest), found);
  }
  log_.Add(call.called, {call.cdr->setup, call.cdr->calling.number().packed()}, call.newest);
}

void FloodTracker::Feed(const CalledCall& call, FloodState& state, std::vector<Found>& found) {
  const size_t before = found.size();
  Account(state, false);
  state.Consume(set_, meter_, call, found);
  Account(state, true);
  for (size_t i = before; i < found.size(); ++i) {
    found[i].detection.subject = Subject{SubjectKind::kCalled, {}, {}, call.cdr->called};
  }
}

FloodState& FloodTracker::NewState(uint64_t called, std::vector<ReceivedCall> calls,
                                   EventTime newest) {
  std::erase_if(calls,
                [&](const ReceivedCall& call) { return !InWindow(call.time, newest, set_.held); });
  std::stable_sort(calls.begin(), calls.end(), IsEarlier);
  auto& state = states_[called];
  state = std::make_unique<FloodState>(std::move(calls), IsService(called));
  log_.Mark(called);
  Account(*state, true);
  return *state;
}

void FloodTracker::Account(const FloodState& state, bool added) {
  const size_t heap = state.HeapBytes() + sizeof(FloodState) + kAllocationBytes;
  const size_t open = state.episode().open ? 1 : 0;
  if (added) {
    totals_.calls += state.calls().size();
    totals_.memory_bytes += heap;
    totals_.open_alerts += open;
  } else {
    totals_.calls -= state.calls().size();
    totals_.memory_bytes -= heap;
    totals_.open_alerts -= open;
  }
}

bool FloodTracker::IsService(uint64_t called) const {
  const PhoneNumber number = PhoneNumber::FromPacked(called);
  if (number.is_short_code()) return true;
  return directory_ != nullptr && directory_->Find(CallingNumber(number)) != nullptr;
}

void FloodTracker::SetDirectory(std::shared_ptr<const SubjectDirectory> directory) {
  directory_ = std::move(directory);
  for (const auto& [called, state] : states_) {
    Account(*state, false);
    state->SetService(IsService(called));
    Account(*state, true);
  }
}

void FloodTracker::SweepWhenDue(EventTime newest) {
  log_.DropOlder(newest, set_.held);
  FitLog();
  if (!swept_) swept_ = newest;
  if (InWindow(*swept_, newest, set_.held / 4)) return;
  swept_ = newest;
  Sweep(newest);
}

void FloodTracker::FitLog() {
  if (!log_.IsOutOfSize()) return;
  log_.Resize();
  for (const auto& [called, state] : states_) log_.Mark(called);
}

// A number that is called little again needs no state.
void FloodTracker::Sweep(EventTime newest) {
  for (auto slot = states_.begin(); slot != states_.end();) {
    const auto current = slot++;
    FloodState& state = *current->second;
    Account(state, false);
    state.Normalise(set_, newest);
    // At half of where it may get one, so that a number does not go to and fro.
    if (!state.HasCallsAlone() || 4 * state.calls().size() >= crowd_) {
      Account(state, true);
      continue;
    }
    for (const ReceivedCall& call : state.calls()) log_.Add(current->first, call, newest);
    states_.erase(current);
  }
}

void FloodTracker::Collect(EventTime newest, std::vector<HeldCall>& calls,
                           std::vector<HeldEpisode>& episodes) {
  calls.reserve(calls.size() + counts().calls);
  log_.ForEach([&](uint64_t called, const ReceivedCall& call) {
    if (InWindow(call.time, newest, set_.held)) calls.push_back({called, call});
  });
  for (const auto& [called, state] : states_) {
    Account(*state, false);
    state->Normalise(set_, newest);
    Account(*state, true);
    for (const ReceivedCall& call : state->calls()) calls.push_back({called, call});
    if (!state->HasCallsAlone()) episodes.push_back({called, state->episode()});
  }
}

void FloodTracker::Add(uint64_t called, std::vector<ReceivedCall> calls, const Episode& episode,
                       EventTime newest) {
  if (episode == Episode{} && calls.size() < crowd_) {
    for (const ReceivedCall& call : calls) log_.Add(called, call, newest);
    FitLog();
    return;
  }
  FloodState& state = NewState(called, std::move(calls), newest);
  Account(state, false);
  state.SetEpisode(episode);
  Account(state, true);
}

FloodCounts FloodTracker::counts() const {
  FloodCounts counts = totals_;
  counts.numbers = states_.size();
  counts.calls += log_.size();
  counts.memory_bytes +=
      log_.memory_bytes() + states_.capacity() * (sizeof(States::value_type) + 1);
  return counts;
}

}  // namespace ringfence
