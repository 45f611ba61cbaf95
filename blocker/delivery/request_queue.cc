#include "blocker/delivery/request_queue.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "blocker/action_sink.h"

namespace ringfence {
namespace {

bool IsRestore(const Request& request) { return request.command == Command::kRestore; }

bool Same(const Request& a, const Request& b) {
  return a.command == b.command && a.sequence == b.sequence;
}

}  // namespace

RequestQueue::Line& RequestQueue::LineOf(const Request& request) {
  return IsRestore(request) ? restores_ : dispatches_;
}

RequestQueue::Entry* RequestQueue::Find(const Ticket& ticket) {
  const auto found = entries_.find(ticket.id);
  if (found == entries_.end()) return nullptr;
  const Request& request = found->second.request;
  const bool same = request.command == ticket.command && request.sequence == ticket.sequence;
  return same ? &found->second : nullptr;
}

absl::Status RequestQueue::Post(Request request, TimePoint now) {
  const auto found = entries_.find(request.action.id);
  if (found == entries_.end()) return Add(std::move(request), now);
  Entry& entry = found->second;
  if (!Same(entry.request, request)) {
    if (IsRestore(entry.request) && !IsRestore(request)) {
      return absl::UnavailableError(
          absl::StrCat(options_.receiver, ": the action is being taken back"));
    }
    return Add(std::move(request), now);
  }
  if (entry.state == State::kAnswered) return entry.outcome;
  entry.proved_at = now;
  entry.request.valid_until = request.valid_until;
  if (std::exchange(entry.untold, false)) return entry.outcome;
  return PendingStatus(options_.receiver);
}

absl::Status RequestQueue::Add(Request request, TimePoint now) {
  Line& line = LineOf(request);
  if (line.size() >= (IsRestore(request) ? options_.max_restores : options_.max_dispatches)) {
    return absl::ResourceExhaustedError(
        absl::StrCat(options_.receiver, ": ", line.size(), " requests wait already"));
  }
  if (IsRestore(request)) not_before_ = now;
  line.push_back({request.action.id, request.command, request.sequence});
  Entry& entry = entries_[request.action.id];
  entry = Entry();
  entry.request = std::move(request);
  entry.proved_at = now;
  return PendingStatus(options_.receiver);
}

bool RequestQueue::IsTooOld(const Entry& entry, TimePoint now) const {
  return !IsRestore(entry.request) && now - entry.proved_at > options_.max_proof_age;
}

bool RequestQueue::Waits(const ActionId& id, bool restore, TimePoint now) const {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return false;
  const Entry& entry = found->second;
  return IsRestore(entry.request) == restore && entry.state != State::kAnswered && !entry.untold &&
         !IsTooOld(entry, now);
}

RequestQueue::Entry* RequestQueue::Front(Line& line, TimePoint now) {
  while (!line.empty()) {
    const Ticket ticket = line.front();
    Entry* entry = Find(ticket);
    if (entry != nullptr && entry->state == State::kQueued) {
      if (!IsTooOld(*entry, now)) return entry;
      entries_.erase(ticket.id);
    }
    line.pop_front();
  }
  return nullptr;
}

std::optional<Request> RequestQueue::Take(TimePoint now) {
  if (now < not_before_) return std::nullopt;
  Line* line = &restores_;
  Entry* entry = Front(restores_, now);
  if (entry == nullptr) {
    line = &dispatches_;
    entry = Front(dispatches_, now);
  }
  if (entry == nullptr) return std::nullopt;
  line->pop_front();
  entry->state = State::kSending;
  ++entry->request.attempt;
  return entry->request;
}

std::optional<RequestQueue::TimePoint> RequestQueue::NextAt() const {
  if (restores_.empty() && dispatches_.empty()) return std::nullopt;
  return not_before_;
}

void RequestQueue::Finish(const Request& request, const absl::Status& outcome, TimePoint now) {
  const bool answered = outcome.ok() || (absl::IsInvalidArgument(outcome) && !IsRestore(request));
  if (answered) {
    backoff_.Reset();
  } else {
    not_before_ = now + backoff_.Next();
  }
  Entry* entry = Find({request.action.id, request.command, request.sequence});
  if (entry == nullptr) {
    // Replaced while it was sent: a restoration that came meanwhile does not wait.
    if (!restores_.empty()) not_before_ = now;
    return;
  }
  entry->outcome = outcome;
  if (answered) {
    entry->state = State::kAnswered;
    return Remember(request);
  }
  // A restoration can't be refused for good: the number must come free.
  entry->state = State::kQueued;
  entry->untold = true;
  LineOf(request).push_back({request.action.id, request.command, request.sequence});
}

void RequestQueue::Remember(const Request& request) {
  answered_.push_back({request.action.id, request.command, request.sequence});
  while (answered_.size() > options_.max_answered) {
    const Ticket oldest = std::exchange(answered_.front(), {});
    answered_.pop_front();
    const Entry* entry = Find(oldest);
    if (entry != nullptr && entry->state == State::kAnswered) entries_.erase(oldest.id);
  }
}

}  // namespace ringfence
