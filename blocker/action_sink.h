// Where an action takes effect: the switch's look-up table, line provisioning, …
#pragma once

#include "absl/status/status.h"
#include "blocker/action.h"

namespace ringfence {

class ActionSink {
 public:
  virtual ~ActionSink() = default;

  // Makes the action effective. OK means the receiver confirmed it: the effect was read back.
  // Idempotent by action id: the same action again changes nothing and is OK.
  // InvalidArgument: the receiver refused it for good, nothing was changed. Any other error: it may
  // or may not have taken effect; the caller sends the same action again later.
  virtual absl::Status Dispatch(const ActionRecord& action) = 0;

  // Takes the action back. OK also when it is not in force (any more), or another action or a
  // person's decision stands there instead: those are left alone. Errors as above.
  virtual absl::Status Restore(const ActionRecord& action) = 0;
};

}  // namespace ringfence
