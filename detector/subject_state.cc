#include "detector/subject_state.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "ingest/model/heap.h"

namespace ringfence {

namespace {

// How many calls must be held. `alert` is the limit, or a higher one that the ledger may give to
// the number. With more than `alert` held after a record that comes late, those lie within the
// lateness, hence within one window: the newest call is over the limit, and the episode that is
// open for it covers the record. Else `alert` calls are held before it, which is all that a
// judgement needs.
size_t NeededCalls(const RuleSet& set, absl::Span<const Limits> limits) {
  size_t needed = CallLine::kMostCalls;  // a line may take them over, with all that it counts from
  for (size_t rule = 0; rule < set.rules.size(); ++rule) {
    if (set.lateness < set.rules[rule].window) {
      needed = std::max(needed, 2 * size_t{std::max(limits[rule].alert, set.highest[rule])} + 1);
    }
  }
  return needed;
}

}  // namespace

// One call on its way through one rule.
struct SubjectState::Judged {
  const RuleSet& set;
  size_t rule;
  const Limits& limits;
  size_t inserted;  // its position among the calls
  const Cdr& cdr;
  size_t record;
};

void SubjectState::Consume(const RuleSet& set, absl::Span<const Limits> limits, EventTime newest,
                           const Cdr& cdr, size_t record, std::vector<Found>& found) {
  Expire(set, newest, set.held);
  days_.Add(DayOf(cdr.setup, set.day_offset));
  const bool in_order = calls_.empty() || cdr.setup >= calls_.newest();
  const size_t inserted = calls_.Insert(cdr.setup);
  if (set.features) profile_.Count(set, newest, cdr, IsHalfWayAt(inserted, set, limits));
  if (in_order && quiet_calls_ > 0 && cdr.setup < quiet_until_) {
    --quiet_calls_;
    if (collecting_ != 0) AddSamples(cdr);
  } else {
    for (size_t rule = 0; rule < set.rules.size(); ++rule) {
      JudgeRule(Judged{set, rule, limits[rule], inserted, cdr, record}, found);
    }
    quiet_calls_ = 0;
    if (in_order) FindQuiet(set, limits);
  }
  Trim(set, limits);
}

void SubjectState::AddSamples(const Cdr& cdr) {
  for (Evidence& evidence : evidence_) {
    if (evidence.collects()) evidence.AddSample(cdr);
  }
}

void SubjectState::Trim(const RuleSet& set, absl::Span<const Limits> limits) {
  const size_t needed = NeededCalls(set, limits);
  if (calls_.size() > needed) calls_.KeepNewest(needed, calls_.newest(), set.whole);
}

CallLine::Allowance SubjectState::Allowed() {
  CallLine::Allowance allowed;
  if (calls_.empty()) return allowed;
  allowed.newest = SecondsOf(calls_.newest());
  allowed.calls = quiet_calls_;
  // A whole second lies before a time when it lies before the next whole second.
  const int64_t until = ToUnixMicros(quiet_until_);
  constexpr int64_t kMicros = 1'000'000;
  if (until <= 0) return {};
  allowed.until = static_cast<uint32_t>(
      std::min<int64_t>(until / kMicros + (until % kMicros == 0 ? 0 : 1), UINT32_MAX));
  if (quiet_calls_ > 0 && collecting_ != 0) {
    Evidence* const first = FirstToCollect();
    if (!first->samples.full()) return {};
    allowed.ring = first->samples.ring();
    allowed.next = first->samples.next();
  }
  // As long as it is half way, what its calls change in the profile takes no memory and frees none.
  if (profile_.kept() && !IsHalfWay()) return {};
  allowed.counted = profile_.kept();
  return allowed;
}

void SubjectState::CatchUp(const RuleSet& set, absl::Span<const uint32_t> seconds) {
  const int32_t first_day = DayOf(FromSeconds(seconds.front()), set.day_offset);
  if (DayOf(FromSeconds(seconds.back()), set.day_offset) == first_day) {
    days_.Add(first_day, static_cast<uint32_t>(seconds.size()));
  } else {
    for (const uint32_t second : seconds) days_.Add(DayOf(FromSeconds(second), set.day_offset));
  }
  calls_.Append(seconds);
  quiet_calls_ = (quiet_calls_ - seconds.size()) & kMostQuietCalls;
  if (collecting_ == 0) return;
  Evidence* const first = FirstToCollect();
  first->samples.Advance(seconds.size());
  for (Evidence& evidence : evidence_) {
    if (&evidence == first || !evidence.collects()) continue;
    first->samples.CopyNewest(seconds.size(), evidence.samples);
  }
}

bool SubjectState::IsHalfWay() const {
  return std::any_of(evidence_.begin(), evidence_.end(),
                     [](const Evidence& evidence) { return evidence.half_way; });
}

SubjectState::Evidence* SubjectState::FirstToCollect() {
  const auto found = std::find_if(evidence_.begin(), evidence_.end(),
                                  [](const Evidence& evidence) { return evidence.collects(); });
  return found == evidence_.end() ? nullptr : &*found;
}

// A limit that is exceeded now still is as long as the call that made it so is in the window; one
// that is not can't be before as many calls have come as are missing.
void SubjectState::FindQuiet(const RuleSet& set, absl::Span<const Limits> limits) {
  const size_t last = calls_.size() - 1;
  size_t missing = kMostQuietCalls;
  quiet_until_ = EventTime::max();
  const auto look = [&](size_t limit, Duration window) {
    if (calls_.Exceeds(last, limit, window)) {
      quiet_until_ = std::min(quiet_until_, TimeAfter(calls_[last - limit], window));
    } else {
      const size_t count = last + 1 - calls_.FirstInWindow(last, window);
      missing = std::min(missing, limit - count);
    }
  };
  for (size_t rule = 0; rule < set.rules.size(); ++rule) {
    const Duration window = set.rules[rule].window;
    look(limits[rule].Lowest() / 2, window);
    if (limits[rule].warning) look(*limits[rule].warning, window);
    look(limits[rule].alert, window);
  }
  quiet_calls_ = static_cast<uint32_t>(missing) & kMostQuietCalls;
  collecting_ = FirstToCollect() != nullptr ? 1 : 0;
}

bool SubjectState::IsHalfWayAt(size_t position, const RuleSet& set,
                               absl::Span<const Limits> limits) const {
  for (size_t rule = 0; rule < set.rules.size(); ++rule) {
    if (calls_.Exceeds(position, limits[rule].Lowest() / 2, set.rules[rule].window)) return true;
  }
  return false;
}

void SubjectState::JudgeRule(const Judged& judged, std::vector<Found>& found) {
  const FrequencyRule& rule = judged.set.rules[judged.rule];
  const Limits& limits = judged.limits;
  const bool half_way = calls_.Exceeds(judged.inserted, limits.Lowest() / 2, rule.window);
  if (half_way) {
    EnsureEvidence(judged.set.rules.size());
    evidence_[judged.rule].half_way = true;
    const bool over = calls_.Exceeds(judged.inserted, limits.alert, rule.window);
    if (!over || evidence_[judged.rule].collects()) evidence_[judged.rule].AddSample(judged.cdr);
  } else if (!evidence_.empty()) {
    evidence_[judged.rule].half_way = false;
  }
  if (evidence_.empty() && calls_.size() <= limits.Lowest()) return;
  if (limits.warning) JudgeLevel(judged, Level::kWarning, *limits.warning, found);
  JudgeLevel(judged, Level::kAlert, limits.alert, found);
}

bool SubjectState::Expire(const RuleSet& set, EventTime newest, Duration age) {
  calls_.DropOlder(newest, age);
  if (!calls_.empty() || open(Level::kWarning) + open(Level::kAlert) > 0) return false;
  // The day count must outlive the window if a record of the same day may still come.
  if (days_.newest_day() >= EarliestDay(set, newest)) return false;
  calls_.Clear();
  days_ = DayCounter();
  std::vector<Evidence>().swap(evidence_);
  quiet_calls_ = 0;
  collecting_ = 0;
  profile_ = CallProfile();
  return true;
}

bool SubjectState::Normalise(const RuleSet& set, EventTime newest) {
  if (Expire(set, newest, HeldAge(set, newest))) return true;
  calls_.Repack();
  profile_.Expire(set, newest);
  const auto stale = [&](EventTime time, Duration age) {
    return time <= newest && !InWindow(time, newest, age);
  };
  bool needed = false;
  for (Evidence& evidence : evidence_) {
    evidence.samples.DropOlder(newest, set.retention);
    for (Episode& episode : evidence.episodes) {
      // It is compared with calls that may still come, and with those after them.
      if (episode.covered && stale(*episode.covered, set.lateness + Duration(1))) {
        episode.covered.reset();
      }
    }
    needed = needed || !evidence.empty();
  }
  if (!needed) {
    std::vector<Evidence>().swap(evidence_);
    quiet_calls_ = 0;
    collecting_ = 0;
  }
  return false;
}

void SubjectState::Adopt(const RuleSet& set, EventTime newest, const InlineTimes& times) {
  for (const EventTime time : times.span()) {
    days_.Add(DayOf(time, set.day_offset));
    calls_.Insert(time);
  }
  calls_.DropOlder(newest, set.held);
}

bool SubjectState::Surrender(const RuleSet& set, EventTime newest, size_t most,
                             InlineTimes& times) const {
  if (!evidence_.empty() || profile_.kept()) return false;
  if (calls_.empty() || calls_.size() > most) return false;
  DayCounter held;
  for (size_t i = 0; i < calls_.size(); ++i) {
    times.Add(calls_[i]);
    held.Add(DayOf(calls_[i], set.day_offset));
  }
  // A line counts the days from its times: they must be all that those days had.
  return AreAllOf(held, days_, EarliestDay(set, newest));
}

size_t SubjectState::open(Level level) const {
  size_t count = 0;
  for (const Evidence& evidence : evidence_) {
    count += evidence.episodes[static_cast<size_t>(level)].open ? 1 : 0;
  }
  return count;
}

size_t SubjectState::HeapBytes() const {
  size_t bytes = calls_.HeapBytes() + profile_.HeapBytes();
  if (evidence_.empty()) return bytes;
  bytes += evidence_.capacity() * sizeof(Evidence) + kAllocationBytes;
  for (const Evidence& evidence : evidence_) bytes += evidence.samples.HeapBytes();
  return bytes;
}

void SubjectState::JudgeLevel(const Judged& judged, Level level, uint32_t limit,
                              std::vector<Found>& found) {
  const RuleSet& set = judged.set;
  const Cdr& cdr = judged.cdr;
  const auto index = static_cast<size_t>(level);
  Episode episode = evidence_.empty() ? Episode{} : evidence_[judged.rule].episodes[index];
  const Judgement judgement =
      Judge(calls_, judged.inserted, limit, set.rules[judged.rule].window, episode);
  if (!evidence_.empty() || episode != Episode{}) {
    EnsureEvidence(set.rules.size());
    evidence_[judged.rule].episodes[index] = episode;
  }
  const auto report = [&](Transition transition, size_t position) {
    Detection detection = Describe(set, judged.rule, position);
    detection.level = level;
    detection.transition = transition;
    detection.threshold = limit;
    detection.number = cdr.calling;
    const bool in_window = cdr.setup >= detection.first_call && cdr.setup <= detection.at;
    if (detection.samples.empty() && in_window && !cdr.record_id.empty()) {
      // All samples kept are newer than a call long ago.
      detection.samples.push_back(cdr.record_id);
    }
    found.push_back(Found{judged.record, set.places[judged.rule], std::move(detection)});
  };
  if (judgement.opened) report(Transition::kOpened, *judgement.opened);
  if (judgement.closed) report(Transition::kClosed, *judgement.closed);
}

Detection SubjectState::Describe(const RuleSet& set, size_t rule, size_t position) const {
  const Duration window = set.rules[rule].window;
  const size_t first = calls_.FirstInWindow(position, window);
  Detection detection;
  detection.rule = set.rules[rule].id;
  detection.rule_version = set.rules[rule].version;
  detection.count = static_cast<uint32_t>(position - first + 1);
  detection.window = window;
  detection.at = calls_[position];
  detection.first_call = calls_[first];
  detection.day_count = CallsOnDayOf(detection.at, set.day_offset);
  if (set.features) {
    detection.features = CallFeatures();
    profile_.Describe(set, detection.at, window, *detection.features);
  }
  if (evidence_.empty()) return detection;
  evidence_[rule].samples.Between(detection.first_call, detection.at, detection.samples);
  return detection;
}

uint32_t SubjectState::CallsOnDayOf(EventTime time, Duration day_offset) const {
  const int32_t day = DayOf(time, day_offset);
  if (const auto counted = days_.Count(day)) return *counted;
  // Before yesterday: only with a lateness of a day and more, and then all times are held.
  uint32_t count = 0;
  for (size_t i = 0; i < calls_.size(); ++i) count += DayOf(calls_[i], day_offset) == day ? 1 : 0;
  return count;
}

void SubjectState::RecountDays(Duration day_offset) {
  days_ = DayCounter();
  for (size_t i = 0; i < calls_.size(); ++i) days_.Add(DayOf(calls_[i], day_offset));
}

}  // namespace ringfence
