// The record of every decision and of everything that was done about it. Written before any effect.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "blocker/action.h"
#include "blocker/circuit_breaker.h"
#include "blocker/event_log.h"
#include "whitelist/store/database.h"

namespace ringfence {

// One change of state.
struct ActionChange {
  std::optional<ActionState> from;  // none: the proposal itself
  ActionState to = ActionState::kProposed;
  EventTime at;
  std::string reason;
  std::string detail;
  std::string person;  // empty: the machine
};

// What a transition writes besides the state. Fields left empty stay as they are.
struct ActionUpdate {
  std::string reason;  // a name: "ledger-line", "listing-unknown", "confirmed", …; not empty
  std::string detail;
  std::string person;
  std::optional<ActionKind> kind;
  std::optional<Listing> listing;  // owner, listing and list version are taken from it
  std::optional<EventTime> expires;
  std::optional<ActionState> restore_to;
};

struct ActionFilter {
  std::optional<ActionState> state;
  std::optional<CallingNumber> number;  // calls, or is the called number of a flood
  std::optional<EventTime> since;       // created at or after
  uint32_t limit = 1000;                // newest first
};

// Tables and migrations of its own in the shared database. Each public call is one transaction, or
// joins the caller's. Not thread-safe. `database` must outlive the journal.
class ActionJournal {
 public:
  // Makes or migrates the tables.
  static absl::StatusOr<ActionJournal> Open(Database& database);
  // For a database that was opened read-only. NotFound when nothing was recorded in it yet.
  static absl::StatusOr<ActionJournal> OpenExisting(Database& database);

  struct Proposed {
    ActionRecord record;   // as stored
    bool created = false;  // false: the id was known, nothing was written
  };
  // Records a proposal (state kProposed) under record.id. Idempotent: a known id returns what is
  // stored, whatever `record` says.
  absl::StatusOr<Proposed> Propose(const ActionRecord& record, EventTime now);

  // Moves the action from `record.state` to `to`, durably, and updates `record`. FailedPrecondition
  // when the change is illegal, Aborted when what is stored is no longer `record` (somebody else
  // changed it since it was read): then nothing was written.
  absl::Status Move(ActionRecord& record, ActionState to, const ActionUpdate& update,
                    EventTime now);

  // Counts one more sending of a kDispatched action. Durable before it returns. Aborted as above.
  absl::Status CountAttempt(ActionRecord& record);

  // A person, who must have a name, confirms an action that is in force: it does not expire any
  // more. Aborted as above, also below.
  absl::Status ConfirmByPerson(ActionRecord& record, std::string_view person,
                               std::string_view detail, EventTime now);

  // A person takes an action back, or calls off one that was not sent: kRestoring or kWithdrawn.
  // Whoever runs the blocker carries the restoration out. FailedPrecondition in any other state.
  absl::Status ReverseByPerson(ActionRecord& record, std::string_view person,
                               std::string_view detail, EventTime now);

  // Records what a person, who must be named in `record`, ordered (MakeManualAction): kAuthorised,
  // to be carried out by whoever runs the blocker. FailedPrecondition when an action against the
  // number is open: that one is to be confirmed. AlreadyExists when the order is known.
  absl::Status OrderByPerson(ActionRecord& record, EventTime now);

  // A person gives a number free: takes back or calls off every action against it that is not at
  // its end, as ReverseByPerson() does, and returns them all. Empty: there is none.
  absl::StatusOr<std::vector<ActionRecord>> FreeByPerson(CallingNumber number,
                                                         std::string_view person,
                                                         std::string_view detail, EventTime now);

  absl::StatusOr<std::optional<ActionRecord>> Find(const ActionId& id);
  absl::StatusOr<std::vector<ActionRecord>> List(const ActionFilter& filter);
  // Oldest first: the order in which they are taken up again.
  absl::StatusOr<std::vector<ActionRecord>> InState(ActionState state);
  absl::StatusOr<std::vector<ActionChange>> History(const ActionId& id);

  // Where a walk through the waiting actions stands; at first before all of them.
  struct Place {
    EventTime created = EventTime::min();
    ActionId id;
  };
  // Proposed, or held for anything but a person's earlier decision: the next ones after `after`,
  // oldest first.
  absl::StatusOr<std::vector<ActionRecord>> Waiting(const Place& after, uint32_t limit);

  // The action that stops this number's calls, or may be doing so: authorised, dispatched or
  // confirmed.
  absl::StatusOr<std::optional<ActionRecord>> Open(CallingNumber number);
  // Confirmed and not expired at `now`: what the switch's table is rebuilt from.
  absl::StatusOr<std::vector<ActionRecord>> InForce(EventTime now);
  // Sent or in force, not confirmed by a person, and past their expiry at `now`, or recorded by a
  // clock that was hours ahead of `now`: their expiry is of that clock, and would never come.
  absl::StatusOr<std::vector<ActionRecord>> Due(EventTime now);
  // The place of the latest change in the journal; rises with every change, whatever the clock
  // says.
  absl::StatusOr<int64_t> LastChange();
  // The same of one action; NotFound when it is not recorded.
  absl::StatusOr<int64_t> LastChange(const ActionId& id);
  // In force, and confirmed by a person in a change after the place `after`; 0: all of them.
  absl::StatusOr<std::vector<ActionRecord>> ConfirmedByPerson(int64_t after);
  // A person ordered that this number is stopped, and nobody took that back.
  absl::StatusOr<bool> OrderedByPerson(CallingNumber number);
  // A person reversed an earlier action against this number, or called it off.
  absl::StatusOr<bool> FreedByPerson(CallingNumber number);

  // The breaker's memory.
  absl::Status RecordTrip(BreakerAnswer bound, const CustomerId& customer, EventTime now);
  absl::Status RecordReset(std::string_view person, EventTime now);
  absl::StatusOr<CircuitBreaker> RestoreBreaker(const BreakerOptions& options, EventTime now);

  EventLog& events() { return events_; }
  Database& database() { return database_; }

 private:
  ActionJournal(Database& database, EventLog events) : database_(database), events_(events) {}

  absl::StatusOr<std::vector<ActionRecord>> NotAtTheirEnd(CallingNumber number);
  absl::Status WriteChange(const ActionRecord& record, std::optional<ActionState> from,
                           std::string_view person, EventTime now);
  absl::Status Replace(const ActionRecord& next, const ActionRecord& read);
  absl::Status RecordBreaker(std::string_view event, std::string_view customer,
                             std::string_view person, EventTime now);

  Database& database_;
  EventLog events_;
};

}  // namespace ringfence
