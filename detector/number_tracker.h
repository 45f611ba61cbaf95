// The rules that count the calls of every number.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "detector/day_counter.h"
#include "detector/features/call_outcome.h"
#include "detector/limit_tiers.h"
#include "detector/model/rule_set.h"
#include "detector/number_table.h"
#include "detector/routed_call.h"
#include "detector/state_totals.h"
#include "detector/subject_state.h"
#include "ingest/model/bytes.h"

namespace ringfence {

// All rules for numbers share the calls of a number. While a number calls little (in whole seconds,
// at most CallLine::kMostCalls times and less than half way to the lowest limit) its line holds
// them, and no rule needs to judge. Then the number gets a SubjectState, until it calls little
// again.
//
// Numbers that can't matter any more are freed by a sweep that goes round the table as the newest
// setup time moves on, once in half of the retention. A freed number and one never seen are
// the same thing, and so are a line and the state that holds the same, so when the sweep comes
// never shows in results or snapshots.
//
// Not thread-safe.
class NumberTracker {
 public:
  // The numbers of one of so many shards.
  NumberTracker(RuleSet set, std::shared_ptr<const LimitTiers> tiers, size_t shards);

  // The ledger changed: numbers whose limits are others now are judged by these from their next
  // call on.
  void SetTiers(std::shared_ptr<const LimitTiers> tiers);

  // Counts and judges records in their order. Appends what it found in another order.
  void Consume(const RoutedPiece& piece, std::vector<Found>& found);
  // To be called after each batch, of this tracker's records or not.
  void SweepWhenDue(EventTime newest);

  // A line with its number, of a number that still matters.
  using Entry = std::pair<uint64_t, CallLine*>;

  // Brings all numbers to their one form as of `newest` and appends them, in no order.
  void Collect(EventTime newest, std::vector<Entry>& entries);
  // The number's state, as SubjectState::Write() has it, and its features if they are kept.
  void Write(const CallLine& line, EventTime newest, ByteWriter& writer) const;
  // Takes memory for so many numbers, before the first.
  void Reserve(size_t numbers) { table_.Reserve(numbers); }
  // What a snapshot was written with.
  struct Written {
    size_t rules = 0;
    std::vector<SubjectState::RuleBefore> before;  // of each rule
    bool recount = false;                          // days began elsewhere: they are counted anew
    bool features = false;
  };
  // Adds a number that is not there from what Write() wrote. Numbers come in their order; then
  // FinishReading(), before anything else.
  bool Read(uint64_t number, ByteReader& reader, EventTime newest, const Written& written);
  void FinishReading();

  TrackerCounts counts() const;
  void AppendRegions(MemoryRegions& regions) const { table_.AppendRegions(regions); }

 private:
  static constexpr size_t kGroup = 64;
  // The lines of a group's records, between the steps of the look-up: no_line_, those that were not
  // found.
  struct Lines {
    std::array<CallLine*, kGroup> of;
    // Those that are looked for, and by index in the group whose they are: unless all are.
    std::array<NumberTable::Search, kGroup> searches;
    std::array<uint32_t, kGroup> searched;
    size_t searching;
    bool all_searched;
    uint64_t turn;  // of the table, when the searches began
  };
  // A record of a number with a state, and what it needs on its way into the cache: where it is to
  // be written as evidence and counted, while its call waits in the line, or the state.
  struct Waiting {
    const RoutedCall* call;
    CallLine* line;
    Samples::Sample* sample;  // null: nowhere
    bool for_state;
  };

  void Approach(absl::Span<const RoutedCall> group, Lines& lines);
  void LookInBlocks(absl::Span<const RoutedCall> group, Lines& lines);
  void Choose(Lines& lines);
  template <bool kAllSearched>
  void ChooseAtHome(Lines& lines);
  void ChooseBehind(Lines& lines);
  void GiveUp(Lines& lines);
  void Finish(absl::Span<const RoutedCall> group, const Lines& lines, std::vector<Found>& found);
  void FinishCall(const RoutedCall& call, CallLine* line, std::vector<Found>& found);
  void FetchForWaiting(size_t asked);
  void ConsumeWaiting(size_t end, std::vector<Found>& found);
  void ConsumeLine(const RoutedCall& call, CallLine& line, std::vector<Found>& found);
  bool AppendAfterTrim(const RoutedCall& call, CallLine& line);
  void Defer(const RoutedCall& call, CallLine& line, std::vector<Found>& found);
  void Feed(const RoutedCall& call, CallLine& line, std::vector<Found>& found);
  bool FeedQuietly(const RoutedCall& call, CallLine& line, SubjectState& state);
  void Complete(const RoutedCall& call, const CallLine& line, Detection& detection) const;
  bool CatchUp(CallLine& line, SubjectState& state);
  void Tally(const RoutedCall& call, CallLine& line) const {
    const Cdr& cdr = piece_.CdrOf(call);
    line.Count(days_.Of(call.seconds, cdr.setup), OutcomeOf(cdr, set_.short_call));
  }
  void Load(const CallLine& line);
  bool ReadLine(uint64_t number, ByteReader& reader, EventTime newest, const Written& written);
  SubjectState& StateOf(const CallLine& line) const { return *states_[line.state()]; }
  absl::Span<const Limits> LimitsFor(const SubjectState& state) const {
    return tiers_->limits(state.tier());
  }
  void ChangeTier(uint64_t number, const LimitTiers& from);

  static constexpr size_t kAll = std::numeric_limits<size_t>::max();  // numbers
  bool Sweep(size_t end, EventTime newest);
  bool KeepState(CallLine& line, EventTime newest);
  void TrimLine(CallLine& line, EventTime newest, Duration age);
  uint32_t NewState(uint64_t number, SubjectState content = {});
  void FreeState(uint32_t state);

  RuleSet set_;
  DaysOfSeconds days_;
  std::shared_ptr<const LimitTiers> tiers_;
  uint32_t most_calls_ = 0;  // that a line may hold
  CallLine::Shape shape_;
  NumberTable table_;
  CallLine no_line_;                                   // holds nothing, ever
  std::vector<std::unique_ptr<SubjectState>> states_;  // null: free
  std::vector<uint32_t> free_states_;
  StateTotals totals_;
  size_t line_times_ = 0;
  std::vector<CallLine> loaded_;  // empty but between Read() and FinishReading()
  RoutedPiece piece_;             // empty but during Consume(), like what follows
  std::vector<Waiting> waiting_;
  size_t consumed_ = 0;  // of waiting_
  // Of waiting_, how far what they need has been asked for, step by step.
  size_t named_ = 0;           // their states
  size_t ready_ = 0;           // their calls
  size_t evidence_ready_ = 0;  // their evidence
  // The sweep that is under way: when it began and how many numbers there were then, how far it is,
  // and whether it has come round.
  std::optional<EventTime> sweep_start_;
  size_t sweep_numbers_ = 0;
  NumberTable::Cursor cursor_;
  bool swept_ = false;
};

}  // namespace ringfence
