// Detections in, one recorded and idempotent decision per cause out, carried out where that is
// proved to be allowed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "blocker/action_journal.h"
#include "blocker/action_sink.h"
#include "blocker/authorise.h"
#include "blocker/circuit_breaker.h"
#include "blocker/event_log.h"
#include "blocker/order_store.h"
#include "blocker/probe.h"
#include "detector/model/detection.h"
#include "whitelist/whitelist.h"

namespace ringfence {

struct BlockerOptions {
  std::vector<RuleSettings> rules;  // a rule that is not named here runs in observe mode
  BreakerOptions breaker;
  AuthoriseLimits limits;
  std::string disarmed;  // why it begins disarmed, "start-up"; empty: it begins armed
};

// What the blocker works with. All of it must outlive the blocker.
struct BlockerParts {
  Whitelist& deciding;  // may be cached: asked once per Handle() for all numbers
  Whitelist& proving;   // not cached: asked again for every single dispatch
  ActionJournal& journal;
  OrderStore& orders;  // in the journal's database
  // All are asked, in this order, whatever the others answer; an action is confirmed when all
  // confirmed it, and taken back when all took it back. May be empty only when no rule enforces.
  std::vector<ActionSink*> sinks;
  ActionFeed* feed = nullptr;  // none: events wait in the journal
};

// Not thread-safe. No clock: `now` is the caller's, and must not go back.
//
// A call returns an error only when the record could not be read or written; then nothing was
// dispatched after the failure, and the call can be repeated. Lists that don't answer, receivers
// that refuse and breakers that trip are outcomes, not errors: they stand in the journal.
class Blocker {
 public:
  // Rebuilds the breaker from the journal. InvalidArgument for options that make no sense.
  static absl::StatusOr<std::unique_ptr<Blocker>> Create(BlockerParts parts, BlockerOptions options,
                                                         EventTime now);

  // Decides and, where allowed, dispatches. The same detections again have no second effect.
  // Detections that closed an episode are counted only.
  absl::Status Handle(absl::Span<const Detection> detections, EventTime now);

  // Takes up everything that is not at its end, each under its own id and after R0 was asked again:
  // decides again what is held (when the lists are back, or the breaker lets it pass), carries on
  // what a crash or an error interrupted, sends unconfirmed actions and restorations again, tells
  // receivers what people decided. Call it every few seconds. One call takes up a bounded number of
  // held actions, the following calls the next ones. A receiver that doesn't answer is given up for
  // this call after a few time-outs; restorations go on at the others.
  //
  // What people ordered (ActionJournal::OrderByPerson) is carried out here, too: it needs no proof
  // and no arming, and only the compiled-in floor stands above it.
  absl::Status RetryHeld(EventTime now);

  // RetryHeld(), by the name of what it does after Create().
  absl::Status Recover(EventTime now) { return RetryHeld(now); }

  // Takes back what nobody confirmed in time. Needs no list.
  absl::Status ExpireDue(EventTime now);

  // Takes back what is in force against numbers that have been whitelisted or protected since, or
  // have another owner, unless a person confirmed it. Nothing happens while the lists don't answer.
  // Call at least once a minute.
  absl::Status LiftListed(EventTime now);

  // What people decide; `person` must not be empty. NotFound; FailedPrecondition when the action's
  // state does not allow it. Where receivers don't answer, RetryHeld() tells them later. Another
  // process records the same through ActionJournal, and RetryHeld() finds it there.
  //
  // Confirm: an action in force does not expire any more.
  absl::Status Confirm(const ActionId& id, std::string_view person, std::string_view note,
                       EventTime now);
  // Reverse: takes an action back, or calls off one that is held. From then on the machine holds
  // every new action against this number: only people act on it.
  absl::Status Reverse(const ActionId& id, std::string_view person, std::string_view note,
                       EventTime now);
  absl::Status ResetBreaker(std::string_view person, EventTime now);

  // Disarmed, the machine records its decisions as ever, authorises nothing and sends nothing that
  // cuts anybody off: new actions are held (`disarmed`), and taken up by RetryHeld() once it is
  // armed. What frees people goes on: restorations, expiry, LiftListed(); and what people decided.
  // Takes effect at once; the change is told to people (an alarm) by the next RetryHeld(). `why` is
  // for people: "start-up", "the clock was set".
  void SetArmed(bool armed, std::string why);
  bool armed() const { return armed_; }

  const BlockerProbe& probe() const { return probe_; }
  const CircuitBreaker& breaker() const { return breaker_; }

 private:
  using Batch = absl::StatusOr<absl::flat_hash_map<CallingNumber, Listing>>;

  // Why an action leaves its state.
  struct Cause {
    std::string reason;
    std::string detail;
    std::string person;
  };

  Blocker(BlockerParts parts, BlockerOptions options, CircuitBreaker breaker);

  // blocker.cc: deciding and recording
  RuleSettings SettingsOf(const RuleId& rule) const;
  absl::Status Record(const Detection& detection, const absl::StatusOr<Listing>& listing,
                      EventTime now, std::vector<ActionRecord>& proposals);
  absl::Status OpenOrder(const ActionRecord& record, const Decision& decision,
                         const absl::StatusOr<Listing>& listing, EventTime now);
  absl::StatusOr<ActionRecord> Find(const ActionId& id, std::string_view person);
  // OK for Aborted: somebody else, a person, has changed the action since it was read. What stands
  // in the journal now is taken up the next time.
  absl::Status UnlessOvertaken(absl::Status status);
  void Publish();

  // lists.cc: asking the lists
  absl::StatusOr<Batch> ReadLists(const std::vector<ActionRecord>& actions, EventTime now);
  absl::StatusOr<Batch> ReadLists(std::vector<CallingNumber> numbers, EventTime now);
  absl::StatusOr<Listing> Prove(CallingNumber number, EventTime now);
  absl::Status NoteLists(const absl::Status& answer, bool& down, EventTime now);

  // dispatch.cc: carrying out
  absl::Status Carry(ActionRecord& record, EventTime now);
  absl::StatusOr<Authorisation> Ask(const ActionRecord& record,
                                    const absl::StatusOr<Listing>& listing, EventTime now);
  absl::Status GoAhead(ActionRecord& record, const Listing& listing, EventTime now);
  absl::Status Hold(ActionRecord& record, const Held& held, EventTime now);
  // The bound that holds this action and would hold every other.
  static std::optional<HoldReason> BoundForAll(const ActionRecord& record);
  absl::Status Withdraw(ActionRecord& record, Cause cause, EventTime now);
  absl::Status CarryOrder(ActionRecord& record, EventTime now);
  absl::Status Send(ActionRecord& record, EventTime now);
  absl::Status Refuse(ActionRecord& record, const absl::Status& error, size_t refuser,
                      EventTime now);
  absl::Status TellUnconfirmed(const ActionRecord& record, const absl::Status& error,
                               EventTime now);
  // Counts what a receiver answered that is no confirmation.
  void NoteAnswer(size_t sink, const absl::Status& answer);
  absl::Status GiveBack(ActionRecord& record, ActionState to, Cause cause, EventTime now);
  absl::Status FinishRestore(ActionRecord& record, EventTime now);
  absl::Status NoteBreaker(HoldReason reason, const CustomerId& customer, EventTime now);

  // retry.cc: taking up again
  // Forgets which receivers were given up.
  void BeginCall();
  uint64_t Errors() const;  // of receivers and lists since BeginCall()
  bool AnyWaits(const ActionRecord& record) const;
  bool OthersWait(const ActionRecord& record);
  absl::Status Redecide(ActionRecord& record, const Batch& listings, bool may_carry, EventTime now);
  absl::Status RetryUnsent(EventTime now);
  absl::Status RetrySent(EventTime now);
  absl::Status Resend(ActionRecord& record, EventTime now);
  absl::Status RefreshBreaker(EventTime now);
  absl::Status TellArming(EventTime now);
  absl::Status TellConfirmed();
  bool Tell(const ActionRecord& record);  // whether it needs no second time

  BlockerParts parts_;
  BlockerOptions options_;
  CircuitBreaker breaker_;
  BlockerProbe probe_;
  absl::flat_hash_map<RuleId, RuleSettings> settings_;
  bool armed_ = true;
  bool armed_told_ = true;  // what people were told last
  std::string arming_why_;
  bool deciding_down_ = false;  // the last answer of each way of asking was an error
  bool proving_down_ = false;
  ActionJournal::Place waiting_from_;  // where the next round takes up what waits
  absl::flat_hash_set<std::string> trips_told_;
  std::optional<EventTime> minute_told_;
  int64_t told_until_ =
      0;  // place in the journal up to which `telling_` knows what people confirmed
  std::vector<ActionId> telling_;           // confirmed by people; not all receivers know it yet
  std::vector<uint64_t> sink_errors_;       // of each receiver in this call
  uint64_t lookup_errors_before_ = 0;       // this call
  absl::flat_hash_set<ActionId> doubtful_;  // people were told that it is not confirmed
  // Which receivers have taken back an action that is being restored. Memory alone: after a restart
  // all are asked again.
  absl::flat_hash_map<ActionId, std::vector<bool>> given_back_;
  bool restores_fail_ = false;  // what people were told last
};

}  // namespace ringfence
