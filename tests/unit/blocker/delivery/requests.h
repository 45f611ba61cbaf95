// Requests to start from.
#pragma once

#include <string>

#include "blocker/delivery/message.h"
#include "tests/unit/blocker/blocker_doubles.h"

namespace ringfence {

inline ActionRecord SuspensionOf(const std::string& id, CallingNumber number) {
  ActionRecord action;
  action.id = ActionId(id);
  action.number = number;
  action.subject = {SubjectKind::kNumber, number, {}};
  action.kind = action.would = ActionKind::kSuspend;
  action.mode = RuleMode::kEnforce;
  action.state = ActionState::kDispatched;
  action.reason = "sent";
  action.line = LineId("LINE-1");
  action.evidence.detection = AlertOf(number);
  action.expires = kNoon + std::chrono::hours(24);
  return action;
}

inline Request SuspendRequest(const std::string& id, int64_t sequence) {
  return MakeDispatch(SuspensionOf(id, Caller("+866315550001")), sequence).value();
}

inline Request RestoreRequest(const std::string& id, int64_t sequence) {
  return MakeRestore(SuspensionOf(id, Caller("+866315550001")), sequence).value();
}

}  // namespace ringfence
