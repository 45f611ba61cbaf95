// Where an action takes effect: the switch's look-up table, line provisioning, …
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "blocker/action.h"

namespace ringfence {

// "Handed over, no answer yet": not OK, and no fault either. To those who don't ask IsPending() it
// is Unavailable: not confirmed, ask again later.
absl::Status PendingStatus(std::string_view receiver);
bool IsPending(const absl::Status& status);

class ActionSink {
 public:
  virtual ~ActionSink() = default;

  // Makes the action effective. OK means the receiver confirmed it: the effect was read back.
  // Idempotent by action id: the same action again changes nothing and is OK.
  // InvalidArgument: the receiver refused it for good, nothing was changed. Any other error: it may
  // or may not have taken effect; the caller sends the same action again later. IsPending(): it was
  // taken, and a later call with the same action says what came of it.
  virtual absl::Status Dispatch(const ActionRecord& action) = 0;

  // Takes the action back. OK also when it is not in force (any more), or another action or a
  // person's decision stands there instead: those are left alone. Errors as above. A Dispatch() of
  // the action that is still under way does not take effect afterwards.
  virtual absl::Status Restore(const ActionRecord& action) = 0;

  // True while an earlier call for this state of the action waits for its answer: the same call
  // would only be pending again.
  virtual bool Waits(const ActionRecord& action) const;
};

}  // namespace ringfence
