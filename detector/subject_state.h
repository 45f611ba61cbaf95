// All that a set of rules knows of one subject: its calls, its episodes and its evidence.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "detector/call_line.h"
#include "detector/day_counter.h"
#include "detector/features/call_profile.h"
#include "detector/judge.h"
#include "detector/model/detection.h"
#include "detector/model/rule_set.h"
#include "detector/samples.h"
#include "detector/sliding_window.h"
#include "ingest/model/bytes.h"
#include "ingest/model/cdr.h"

namespace ringfence {

// Not thread-safe. Its memory is bounded: with a lateness shorter than a day and than all windows
// 2 * alert + 1 times at most, or what a line could hold; else the calls of window + lateness, or
// of a day and the lateness. Evidence only for subjects that were half way to a limit.
class SubjectState {
 public:
  // Counts the call and judges it by each rule, with the limits of each. `newest` is the newest
  // setup time of the whole input, not before the call's and at most the lateness after it. Appends
  // detections with an empty `subject`, found in `record`.
  void Consume(const RuleSet& set, absl::Span<const Limits> limits, EventTime newest,
               const Cdr& cdr, size_t record, std::vector<Found>& found);

  // Which calls it need not be told of one by one, but may hear of later by CatchUp(): those whose
  // judgement is known, of whole seconds and in order. None when the last call came late.
  CallLine::Allowance Allowed();
  // Counts calls that were allowed, one at least: their setup times in whole seconds, in order.
  // Their records are in the ring already.
  void CatchUp(const RuleSet& set, absl::Span<const uint32_t> seconds);
  // Whether the next call in order, of a whole second and after so many that were allowed, changes
  // no judgement either, and nothing else is to be kept of it than its time.
  bool IsQuiet(size_t allowed, uint32_t seconds) const {
    const bool quiet = allowed < quiet_calls_ && FromSeconds(seconds) < quiet_until_;
    return quiet && collecting_ == 0 && seconds != kNoSeconds;
  }
  // What Consume() does for such a call, the last of these; those before it were allowed.
  void ConsumeQuiet(const RuleSet& set, absl::Span<const Limits> limits, EventTime newest,
                    absl::Span<const uint32_t> seconds) {
    CatchUp(set, seconds);
    Expire(set, newest, set.held);
    Trim(set, limits);
  }
  // Counts the features of a call that was allowed, if Allowance::counted, before its time is told.
  // None is but half way to a limit.
  void CountFeatures(const RuleSet& set, EventTime newest, const Cdr& cdr) {
    profile_.Count(set, newest, cdr, /*half_way=*/true);
  }
  // Keeps no more calls than Consume() does. For calls that were counted just now, and only then:
  // others may have been kept for higher limits, and the next call is to be counted with them.
  void Trim(const RuleSet& set, absl::Span<const Limits> limits);

  // The limits are others from the next call on.
  void ChangeLimits() { quiet_calls_ = 0; }

  // By which limits it is judged (LimitTiers), for the owner to keep: it is in no snapshot.
  uint32_t tier() const { return tier_; }
  void SetTier(uint32_t tier) { tier_ = tier; }

  // Drops what can't matter any more and brings what is left into its one form, for sweeps and
  // snapshots. True: the state now equals that of a subject never seen, and should be freed.
  bool Normalise(const RuleSet& set, EventTime newest);

  // Takes calls over from a line, in order of time, into a state never used.
  void Adopt(const RuleSet& set, EventTime newest, const InlineTimes& times);
  // Whether a line can take over a normalised state of at most `most` calls: it gets its times.
  bool Surrender(const RuleSet& set, EventTime newest, size_t most, InlineTimes& times) const;

  // Calls need(address) for what to fetch into the cache before Consume(): first the object; once
  // it is there, its calls; then its evidence.
  void NeedSelf(const auto& need) const {
    need(this);
    need(&evidence_);
    need(&quiet_until_);
  }
  void NeedCalls(const auto& need) const {
    calls_.Need(need);
    if (collecting_ == 0 || evidence_.empty()) return;
    need(&evidence_.front());
    need(&evidence_.back().episodes.back());
  }
  void NeedEvidence(const auto& need) const {
    if (collecting_ == 0) return;
    for (const Evidence& evidence : evidence_) evidence.samples.Need(need);
  }

  // The same for what features need of a call with this setup time.
  void NeedProfile(const auto& need) const { profile_.NeedSelf(need); }
  void NeedHour(const RuleSet& set, EventTime setup, const auto& need) const {
    profile_.NeedHour(setup, set.day_offset, need);
  }

  size_t retained_times() const { return calls_.size(); }
  // By how many rules an episode of the level is open.
  size_t open(Level level) const;
  size_t HeapBytes() const;
  size_t CallBytes() const { return calls_.HeapBytes(); }  // of these

  // The state must have been normalised to `newest`. Days that no record can ask for are written as
  // if they had no calls.
  void Write(const RuleSet& set, EventTime newest, ByteWriter& writer) const;
  // Where a rule of now stood among those that were written, and whether its episodes go on.
  struct RuleBefore {
    std::optional<size_t> place;  // none: it is new
    bool with_episodes = true;
  };
  // What Write() wrote for `rules` rules, into a state never used; false for anything else. Times
  // after `newest` are refused. `before`: of each rule of now.
  bool Read(ByteReader& reader, EventTime newest, size_t rules,
            absl::Span<const RuleBefore> before);
  // Counts the calendar days anew from the times held: the day begins elsewhere now.
  void RecountDays(Duration day_offset);
  // The features, which Write() leaves out. With `recount` they are read and dropped.
  void WriteFeatures(ByteWriter& writer) const;
  bool ReadFeatures(const RuleSet& set, EventTime newest, bool recount, ByteReader& reader);

 private:
  // Of one rule. Kept apart: few subjects ever need it.
  struct Evidence {
    Samples samples;
    bool half_way = false;            // the newest call
    std::array<Episode, 2> episodes;  // by Level

    // Records are kept for the alert that may come: not those over the limit while it is open.
    bool collects() const { return half_way && !episodes[static_cast<size_t>(Level::kAlert)].open; }
    void AddSample(const Cdr& cdr) {
      if (!cdr.record_id.empty()) samples.Add(cdr.setup, cdr.record_id);
    }
    bool empty() const { return samples.empty() && episodes == std::array<Episode, 2>{}; }
  };
  struct Judged;

  // Drops times of this age. True: nothing is left.
  bool Expire(const RuleSet& set, EventTime newest, Duration age);
  void EnsureEvidence(size_t rules) { evidence_.resize(rules); }
  bool IsHalfWay() const;      // the newest call, to a limit of any rule
  Evidence* FirstToCollect();  // null: none does
  void AddSamples(const Cdr& cdr);
  void FindQuiet(const RuleSet& set, absl::Span<const Limits> limits);
  bool IsHalfWayAt(size_t position, const RuleSet& set, absl::Span<const Limits> limits) const;
  void JudgeRule(const Judged& judged, std::vector<Found>& found);
  void JudgeLevel(const Judged& judged, Level level, uint32_t limit, std::vector<Found>& found);
  Detection Describe(const RuleSet& set, size_t rule, size_t position) const;
  uint32_t CallsOnDayOf(EventTime time, Duration day_offset) const;
  static bool ReadEvidence(ByteReader& reader, EventTime newest, Evidence& evidence);

  static constexpr uint32_t kMostQuietCalls = INT32_MAX;

  SlidingWindow calls_;
  DayCounter days_;
  std::vector<Evidence> evidence_;  // by rule; empty until one needs it
  // So many more calls in order and before quiet_until_ change no judgement.
  uint32_t quiet_calls_ : 31 = 0;
  uint32_t collecting_ : 1 = 0;  // some evidence is collected, as long as quiet_calls_ is not 0
  uint32_t tier_ = 0;
  EventTime quiet_until_;
  CallProfile profile_;
};

// The earliest calendar day of which a record may still come.
int32_t EarliestDay(const RuleSet& set, EventTime newest);

// How old times must be to lie neither in a window nor on a calendar day of which a record may
// still come: at most RuleSet::held, and that exactly when it matters which of them are there.
Duration HeldAge(const RuleSet& set, EventTime newest);

// What SubjectState::Write() would write for a subject with these times, none older than HeldAge(),
// and no evidence.
void WriteTimes(const RuleSet& set, EventTime newest, const InlineTimes& times, ByteWriter& writer);

// Reads what WriteTimes() wrote for 1 to `most` times. False, and nothing is read, for anything
// else that SubjectState::Write() wrote, or that is damaged.
bool ReadTimes(const RuleSet& set, EventTime newest, size_t most, ByteReader& reader,
               InlineTimes& times);

// Whether these calls are all that the days had of which a record may still come.
bool AreAllOf(const DayCounter& calls, const DayCounter& days, int32_t earliest);

}  // namespace ringfence
