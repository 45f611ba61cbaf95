// How one request is exchanged for one answer.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "blocker/delivery/message.h"

namespace ringfence {

// Used by one thread.
class Channel {
 public:
  virtual ~Channel() = default;

  // Sends the request and waits for its answer, for a bounded time. OK: done. InvalidArgument: the
  // receiver refused it for good. Any other error: it may or may not have taken effect. Gives up
  // soon after `stop` has become true.
  virtual absl::Status Exchange(const Request& request, const std::function<bool()>& stop) = 0;
};

}  // namespace ringfence
