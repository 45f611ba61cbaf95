// What is to be sent to one receiver, in which order, and what came of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "blocker/delivery/backoff.h"
#include "blocker/delivery/message.h"

namespace ringfence {

struct QueueOptions {
  std::string receiver;          // its name in errors
  size_t max_dispatches = 1000;  // suspensions and blocks that wait; more are refused
  size_t max_restores = 10'000;
  size_t max_answered = 65'536;  // outcomes remembered; the oldest are forgotten, and asked again
  // How long a suspension or block may wait after it was proved. Then it is forgotten unsent, and
  // whoever wants it has to prove it again.
  std::chrono::milliseconds max_proof_age{10'000};
  BackoffOptions backoff{};
};

// One entry per action: a later state of an action replaces an earlier one, and after a restoration
// nothing else is taken of it. Restorations are sent before everything else, each kind in the order
// in which it came; what failed goes behind the others of its kind. A failure holds everything back
// for a while, except a restoration that is new. No thread, no clock; not thread-safe.
class RequestQueue {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit RequestQueue(QueueOptions options)
      : options_(std::move(options)), backoff_(options_.backoff) {}

  // The caller's side. Takes the request, which was proved at `now`; taken already, it is proved
  // again. OK or InvalidArgument: the receiver's last word. IsPending(): its word is awaited. Any
  // other error: a try that failed since, told once; more follow. ResourceExhausted: not taken.
  absl::Status Post(Request request, TimePoint now);
  // A call of Post() for this action would be pending, and its proof is not too old to be sent.
  bool Waits(const ActionId& id, bool restore, TimePoint now) const;

  // The sender's side. What is to be sent now, one at a time; nullopt: nothing, before NextAt().
  std::optional<Request> Take(TimePoint now);
  // When there is something to take; nullopt: not before the next Post().
  std::optional<TimePoint> NextAt() const;
  void Finish(const Request& request, const absl::Status& outcome, TimePoint now);

 private:
  enum class State : uint8_t { kQueued, kSending, kAnswered };
  struct Entry {
    Request request;
    State state = State::kQueued;
    TimePoint proved_at;
    absl::Status outcome;  // the last word, or the last failure
    bool untold = false;   // a failure that Post() has not returned yet
  };
  // An entry's place in an order; void when the entry has changed since.
  struct Ticket {
    ActionId id;
    Command command;
    int64_t sequence;
  };
  using Line = std::deque<Ticket>;

  bool IsTooOld(const Entry& entry, TimePoint now) const;
  Line& LineOf(const Request& request);
  Entry* Find(const Ticket& ticket);
  absl::Status Add(Request request, TimePoint now);
  Entry* Front(Line& line, TimePoint now);
  void Remember(const Request& request);

  QueueOptions options_;
  Backoff backoff_;
  absl::flat_hash_map<ActionId, Entry> entries_;
  Line restores_;
  Line dispatches_;
  Line answered_;  // oldest first
  TimePoint not_before_ = TimePoint::min();
};

}  // namespace ringfence
