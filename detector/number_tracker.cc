#include "detector/number_tracker.h"

#include <algorithm>
#include <utility>

#include "ingest/model/fetch.h"
#include "ingest/model/heap.h"

namespace ringfence {
namespace {

constexpr size_t kSweepAtOnce = 256;  // numbers

}  // namespace

NumberTracker::NumberTracker(RuleSet set, std::shared_ptr<const LimitTiers> tiers, size_t shards)
    : set_(std::move(set)), days_(set_.day_offset), tiers_(std::move(tiers)), table_(shards) {
  // From half way on, the records are kept as evidence.
  const size_t fit = set_.features ? CallLine::kMostCallsBesideTally : CallLine::kMostCalls;
  const uint32_t most = std::min(static_cast<uint32_t>(fit), LowestLimit(set_) / 2);
  most_calls_ = set_.rules.empty() ? 0 : most;
  shape_ = {std::max(most_calls_, 1U) - 1, set_.features};
}

void NumberTracker::Consume(const RoutedPiece& piece, std::vector<Found>& found) {
  const absl::Span<const RoutedCall> calls = piece.calls;
  if (set_.rules.empty() || calls.empty()) return;
  piece_ = piece;
  std::array<Lines, 3> lines;
  const size_t groups = (calls.size() + kGroup - 1) / kGroup;
  const auto at = [&](size_t group) { return calls.subspan(group * kGroup, kGroup); };
  // Three groups are under way at a time, each one step ahead of the next.
  for (size_t i = 0; i < groups + 2; ++i) {
    if (i >= 2) ChooseBehind(lines[(i - 2) % 3]);
    if (i < groups) Approach(at(i), lines[i % 3]);
    if (i >= 1 && i - 1 < groups) Choose(lines[(i - 1) % 3]);
    if (i >= 2) Finish(at(i - 2), lines[(i - 2) % 3], found);
  }
  // Those that are left get what they need together, too.
  for (size_t step = 0; step < 3; ++step) FetchForWaiting(waiting_.size());
  ConsumeWaiting(waiting_.size(), found);
  piece_ = {};
  waiting_.clear();
  consumed_ = named_ = ready_ = evidence_ready_ = 0;
  table_.KeepDenseBlocks();
}

void NumberTracker::Approach(absl::Span<const RoutedCall> group, Lines& lines) {
  lines.turn = table_.turn();
  lines.all_searched = !table_.has_blocks();
  lines.searching = group.size();
  if (!lines.all_searched) LookInBlocks(group, lines);
  const RoutedCall* const calls = group.data();
  const NumberTable::Search* const end = lines.searches.data() + lines.searching;
  if (lines.all_searched) {
    auto* search = lines.searches.data();
    for (const RoutedCall& call : group) *search++ = table_.Begin(call.number);
  } else {
    for (size_t i = 0; i < lines.searching; ++i) {
      lines.searches[i] = table_.Begin(calls[lines.searched[i]].number);
    }
  }
#pragma GCC unroll 8
  for (const auto* search = lines.searches.data(); search != end; ++search) Fetch(search->bucket);
}

void NumberTracker::LookInBlocks(absl::Span<const RoutedCall> group, Lines& lines) {
  size_t searching = 0;
  for (size_t i = 0; i < group.size(); ++i) {
    CallLine* line = table_.InBlock(group[i].number);
    if (line == nullptr) [[unlikely]] {
      line = &no_line_;
      lines.searched[searching++] = static_cast<uint32_t>(i);
    }
    lines.of[i] = line;
  }
  lines.searching = searching;
  FetchAll(absl::MakeConstSpan(lines.of).first(group.size()));
}

// Looks at the home buckets of the numbers that are searched.
void NumberTracker::Choose(Lines& lines) {
  if (lines.searching == 0) return;
  if (lines.turn != table_.turn()) return GiveUp(lines);
  if (lines.all_searched) {
    ChooseAtHome<true>(lines);
  } else {
    ChooseAtHome<false>(lines);
  }
}

template <bool kAllSearched>
void NumberTracker::ChooseAtHome(Lines& lines) {
  FetchList<kGroup> seldom;
  const auto need = [&seldom](const void* address) { seldom.Add(address); };
  std::array<CallLine*, kGroup> found;
  size_t searching = 0;
  const size_t end = lines.searching;
  for (size_t i = 0; i < end; ++i) {
    const NumberTable::Search& search = lines.searches[i];
    CallLine* line = table_.Candidate(search, need);
    const auto searched = kAllSearched ? static_cast<uint32_t>(i) : lines.searched[i];
    if (line == nullptr) [[unlikely]] {
      line = &no_line_;
      if (NumberTable::GoesOn(search)) {
        for (const uint32_t places : {1U, 2U}) need(table_.Behind(search, places).bucket);
        lines.searched[searching] = searched;
        lines.searches[searching++] = table_.Behind(search, 1);
      }
    }
    lines.of[searched] = line;
    if (!kAllSearched) found[i] = line;
  }
  lines.searching = searching;
  FetchAll((kAllSearched ? absl::MakeConstSpan(lines.of) : absl::MakeConstSpan(found)).first(end));
  seldom.Fetch();
}

// And at the two behind it, where it was full. Few numbers are further away.
void NumberTracker::ChooseBehind(Lines& lines) {
  if (lines.turn != table_.turn()) return;
  FetchList<kGroup> needed;
  const auto need = [&needed](const void* address) { needed.Add(address); };
  for (size_t i = 0; i < lines.searching; ++i) {
    const NumberTable::Search& search = lines.searches[i];
    CallLine* line = table_.Candidate(search, need);
    if (line == nullptr && NumberTable::GoesOn(search)) {
      line = table_.Candidate(table_.Behind(search, 2), need);
    }
    if (line == nullptr) continue;
    need(line);
    lines.of[lines.searched[i]] = line;
  }
  needed.Fetch();
}

// The buckets have moved.
void NumberTracker::GiveUp(Lines& lines) {
  for (size_t i = 0; i < lines.searching; ++i) {
    lines.of[lines.all_searched ? i : lines.searched[i]] = &no_line_;
  }
  lines.searching = 0;
}

void NumberTracker::Finish(absl::Span<const RoutedCall> group, const Lines& lines,
                           std::vector<Found>& found) {
  const size_t asked = waiting_.size();
  const bool features = set_.features;
  line_times_ += group.size();
  CallLine* const* next = lines.of.data();
  for (const RoutedCall& call : group) {
    CallLine* const line = *next++;
    if (line->number() == call.number && line->AppendSeconds(call.seconds)) [[likely]] {
      if (features) Tally(call, *line);
    } else {
      FinishCall(call, line, found);
    }
  }
  ConsumeWaiting(evidence_ready_, found);
  FetchForWaiting(asked);
}

// The line may be another one's, or none.
void NumberTracker::FinishCall(const RoutedCall& call, CallLine* line, std::vector<Found>& found) {
  if (line == &no_line_ || line->number() != call.number) line = &table_.FindOrAdd(call.number);
  const bool is_new = line->kind() == CallLine::Kind::kNone && most_calls_ > 0;
  if (is_new ? line->Start(call.number, call.seconds, shape_)
             : line->Append(piece_.SetupOf(call), call.seconds)) {
    if (set_.features) Tally(call, *line);
    return;
  }
  --line_times_;
  if (line->kind() == CallLine::Kind::kState) {
    Defer(call, *line, found);
  } else {
    ConsumeLine(call, *line, found);
  }
}

// What the calls that wait for memory need next: those since `asked` their sample, those before
// their state, then what that points to, one after the other.
void NumberTracker::FetchForWaiting(size_t asked) {
  FetchList<2 * kGroup> needed;
  const auto need = [&needed](const void* address) { needed.Add(address); };
  const bool features = set_.features;
  for (size_t i = asked; i < waiting_.size(); ++i) {
    if (waiting_[i].sample != nullptr) need(waiting_[i].sample);
  }
  for (size_t i = named_; i < asked; ++i) {
    const SubjectState& state = StateOf(*waiting_[i].line);
    if (waiting_[i].for_state) state.NeedSelf(need);
    if (features) state.NeedProfile(need);
  }
  for (size_t i = consumed_; i < named_; ++i) {
    if (!waiting_[i].for_state && !features) continue;
    const SubjectState& state = StateOf(*waiting_[i].line);
    if (features && i >= ready_) state.NeedHour(set_, piece_.SetupOf(*waiting_[i].call), need);
    if (!waiting_[i].for_state) continue;
    if (i < ready_) {
      state.NeedEvidence(need);
    } else {
      state.NeedCalls(need);
    }
  }
  needed.Fetch();
  evidence_ready_ = ready_;
  ready_ = named_;
  named_ = asked;
}

// The number has a state: the call waits in the line, if it may, or until the state has come.
void NumberTracker::Defer(const RoutedCall& call, CallLine& line, std::vector<Found>& found) {
  const bool has_id = line.keeps_records() && !piece_.CdrOf(call).record_id.empty();
  if (line.Wait(call.seconds, has_id)) {
    ++line_times_;
    if (set_.features) Tally(call, line);
    Samples::Sample* const sample = line.TakeSample();
    if (sample == nullptr && !line.counts_waiting()) return;
    waiting_.push_back(Waiting{&call, &line, sample, false});
  } else {
    if (!line.may_block()) ConsumeWaiting(waiting_.size(), found);
    line.Block();
    waiting_.push_back(Waiting{&call, &line, nullptr, true});
  }
  Fetch(&states_[line.state()]);
}

void NumberTracker::ConsumeWaiting(size_t end, std::vector<Found>& found) {
  for (; consumed_ < end; ++consumed_) {
    const auto& [call, line, sample, for_state] = waiting_[consumed_];
    if (for_state) {
      line->Unblock();
      if (set_.features) Tally(*call, *line);
      Feed(*call, *line, found);
      continue;
    }
    const Cdr& cdr = piece_.CdrOf(*call);
    if (sample != nullptr) {
      sample->time = cdr.setup;
      sample->id.Assign(cdr.record_id.value());
    }
    if (set_.features) StateOf(*line).CountFeatures(set_, piece_.NewestOf(*call), cdr);
  }
}

// The call is not one that simply follows: it comes late or after long, the line is full of times
// that may be too old, or there is none yet.
void NumberTracker::ConsumeLine(const RoutedCall& call, CallLine& line, std::vector<Found>& found) {
  if (set_.features) Tally(call, line);
  if (AppendAfterTrim(call, line)) return;
  InlineTimes times;
  if (line.holds_calls()) times = line.Times();
  line_times_ -= times.size();
  const EventTime newest = piece_.NewestOf(call);
  times.DropOlder(newest, set_.held);
  if (times.size() < most_calls_) {
    InlineTimes with = times;
    with.Insert(piece_.SetupOf(call));
    if (line.Assign(call.number, with.span(), shape_)) {
      line_times_ += with.size();
      return;
    }
  }
  const uint32_t state = NewState(call.number);
  states_[state]->Adopt(set_, newest, times);
  totals_.Add(*states_[state]);
  line.AssignState(call.number, state, set_.features);
  Feed(call, line, found);
}

// The way of nearly all calls that find their line full: most of its times are too old by now.
bool NumberTracker::AppendAfterTrim(const RoutedCall& call, CallLine& line) {
  if (line.kind() != CallLine::Kind::kSeconds) return false;
  const int64_t oldest =
      ToUnixMicros(piece_.NewestOf(call)) - set_.held.count();  // no longer needed
  if (oldest < 0 || ToUnixMicros(line.newest()) <= oldest) return false;
  line_times_ -= line.DropBefore(static_cast<uint32_t>(oldest / 1'000'000 + 1));
  if (!line.Append(piece_.SetupOf(call), call.seconds)) return false;
  ++line_times_;
  return true;
}

// Tells the state of the calls that wait in its line, if any do.
bool NumberTracker::CatchUp(CallLine& line, SubjectState& state) {
  if (line.waiting() == 0) return false;
  line_times_ -= line.waiting();
  state.CatchUp(set_, line.TakeWaiting().span());
  return true;
}

void NumberTracker::Feed(const RoutedCall& call, CallLine& line, std::vector<Found>& found) {
  SubjectState& state = StateOf(line);
  if (!FeedQuietly(call, line, state)) {
    const size_t before = found.size();
    totals_.Subtract(state);
    CatchUp(line, state);
    state.Consume(set_, LimitsFor(state), piece_.NewestOf(call), piece_.CdrOf(call),
                  piece_.PlaceOf(call), found);
    totals_.Add(state);
    for (size_t i = before; i < found.size(); ++i) Complete(call, line, found[i].detection);
  }
  line.Open(state.Allowed(),
            set_.features ? CallLine::kMostWaitingBesideTally : CallLine::kMostWaiting);
}

// The way of nearly all calls that find no room to wait: the state learns of them together, and
// has nothing to judge.
bool NumberTracker::FeedQuietly(const RoutedCall& call, CallLine& line, SubjectState& state) {
  if (set_.features || line.waiting() == 0 || !line.IsInOrder(call.seconds)) return false;
  if (!state.IsQuiet(line.waiting(), call.seconds)) return false;
  line_times_ -= line.waiting();
  totals_.retained_times -= state.retained_times();
  totals_.heap_bytes -= state.CallBytes();
  WaitingTimes times = line.TakeWaiting();
  times.Add(call.seconds);
  state.ConsumeQuiet(set_, LimitsFor(state), piece_.NewestOf(call), times.span());
  totals_.retained_times += state.retained_times();
  totals_.heap_bytes += state.CallBytes();
  return true;
}

// The state does not know whose it is, nor what the line counts.
void NumberTracker::Complete(const RoutedCall& call, const CallLine& line,
                             Detection& detection) const {
  detection.subject = Subject{SubjectKind::kNumber, piece_.CdrOf(call).calling, {}};
  if (!detection.features) return;
  detection.features->day = line.tally().Of(DayOf(detection.at, set_.day_offset));
}

void NumberTracker::SweepWhenDue(EventTime newest) {
  const auto lap = static_cast<uint64_t>(set_.held.count()) / 2;
  if (!sweep_start_) sweep_start_ = newest;
  const uint64_t elapsed = MicrosBetween(*sweep_start_, newest);
  if (elapsed < lap) {
    const double share = static_cast<double>(elapsed) / static_cast<double>(lap);
    // Those that it frees are numbers visited, too.
    const size_t numbers = std::max(sweep_numbers_, table_.size());
    const auto due = static_cast<size_t>(static_cast<double>(numbers) * share);
    if (!swept_ && due >= cursor_.visited + kSweepAtOnce) swept_ = Sweep(due, newest);
    return;
  }
  if (!swept_) Sweep(kAll, newest);
  if (elapsed >= 2 * lap) Sweep(kAll, newest);  // what was visited before a long silence
  table_.DropSparseBlocks();
  sweep_start_ = newest;
  sweep_numbers_ = table_.size();
  swept_ = false;
}

bool NumberTracker::Sweep(size_t end, EventTime newest) {
  const Duration age = HeldAge(set_, newest);
  const int64_t now = ToUnixMicros(newest);
  const int64_t oldest = now < age.count() ? 0 : (now - age.count()) / 1'000'000;
  const auto second = static_cast<uint32_t>(std::min<int64_t>(oldest, kNoSeconds));
  return table_.Sweep(cursor_, end, [&](CallLine& line) {
    if (line.HoldsCallAfter(second)) return true;
    if (line.kind() == CallLine::Kind::kState) return KeepState(line, newest);
    if (InWindow(line.newest(), newest, age)) return true;
    line_times_ -= line.Times().size();
    return false;
  });
}

// Frees the state, or gives its calls back to the line, if it can be.
bool NumberTracker::KeepState(CallLine& line, EventTime newest) {
  SubjectState& state = StateOf(line);
  totals_.Subtract(state);
  if (CatchUp(line, state)) state.Trim(set_, LimitsFor(state));
  line.Open({});
  if (state.Normalise(set_, newest)) {
    FreeState(line.state());
    return false;
  }
  InlineTimes times;
  const uint32_t index = line.state();
  // At half of what a line may hold, so that a number does not go to and fro.
  if (state.Surrender(set_, newest, most_calls_ / 2, times) &&
      line.Assign(line.number(), times.span(), shape_)) {
    line_times_ += times.size();
    FreeState(index);
    return true;
  }
  totals_.Add(state);
  return true;
}

uint32_t NumberTracker::NewState(uint64_t number, SubjectState content) {
  if (free_states_.empty()) {
    free_states_.push_back(static_cast<uint32_t>(states_.size()));
    states_.emplace_back();
  }
  const uint32_t state = free_states_.back();
  free_states_.pop_back();
  states_[state] = std::make_unique<SubjectState>(std::move(content));
  states_[state]->SetTier(tiers_->TierOf(number));
  return state;
}

void NumberTracker::FreeState(uint32_t state) {
  states_[state].reset();
  free_states_.push_back(state);
}

TrackerCounts NumberTracker::counts() const {
  TrackerCounts counts{totals_, table_.size(), table_.memory_bytes()};
  counts.retained_times += line_times_;
  counts.heap_bytes +=
      (states_.size() - free_states_.size()) * (sizeof(SubjectState) + kAllocationBytes);
  counts.table_bytes += states_.capacity() * sizeof(states_[0]) +
                        free_states_.capacity() * sizeof(uint32_t) +
                        waiting_.capacity() * sizeof(Waiting);
  return counts;
}

}  // namespace ringfence
