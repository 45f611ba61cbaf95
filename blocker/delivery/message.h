// What ringfence and a receiver say to each other, as JSON. The contract, with an example of each
// message: docs/line-provisioning.md. What is changed here is changed there, with another version.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "blocker/action.h"
#include "ingest/model/event_time.h"

namespace ringfence {

inline constexpr int kDeliveryVersion = 1;
inline constexpr size_t kMaxAnswerBytes = 64 * 1024;

enum class Command : uint8_t { kSuspend, kBlock, kRestore };
std::string_view CommandName(Command command);  // "suspend"

// One state of one action, to be made true at the receiver.
struct Request {
  Command command = Command::kSuspend;
  // Place of the action's latest change in the journal: rises with each state, and is the same
  // whenever the same state is sent again.
  int64_t sequence = 0;
  ActionRecord action;
  std::optional<EventTime> valid_until;  // none: at any time (restorations)
  uint32_t attempt = 0;                  // from 1
};

// "suspend" or "block" by the action's kind; InvalidArgument when it names no number or neither.
absl::StatusOr<Request> MakeDispatch(const ActionRecord& action, int64_t sequence);
absl::StatusOr<Request> MakeRestore(const ActionRecord& action, int64_t sequence);

// One line. The number is personal data: not for logs.
std::string RequestToJson(const Request& request);

enum class Outcome : uint8_t {
  kDone,     // it is so now
  kRefused,  // never; nothing was changed
  kBusy,     // not now: send it again
};

struct Answer {
  std::string id;
  std::string command;
  int64_t sequence = 0;
  Outcome outcome = Outcome::kBusy;
  std::string text;  // a sentence for people; at most 200 bytes, printable

  // Whether it answers this request. An answer to another state of the same action does not.
  bool Fits(const Request& request) const;
};

// InvalidArgument says what is missing or wrong; any bytes may be given.
absl::StatusOr<Answer> AnswerFromJson(std::string_view json);

// The outcome as an ActionSink tells it: OK, InvalidArgument, Unavailable.
absl::Status OutcomeStatus(Outcome outcome, std::string_view text);

// What may be shown of a text from outside: at most 200 bytes, no control characters.
std::string ShownText(std::string_view text);

}  // namespace ringfence
