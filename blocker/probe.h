// What the blocker counts. Names of metrics are given where they are exported.
#pragma once

#include <cstdint>

namespace ringfence {

struct BlockerProbe {
  uint64_t detections = 0;  // handed to Handle()
  uint64_t repeated = 0;    // known already: a replay, nothing was done
  uint64_t reported = 0;    // nothing to be done
  uint64_t held = 0;        // changes into HELD
  uint64_t authorised = 0;
  uint64_t dispatched = 0;  // times an action was sent, repeats included
  uint64_t confirmed = 0;
  uint64_t failed = 0;       // refused by the receiver
  uint64_t sink_errors = 0;  // sent, no confirmation
  uint64_t pending = 0;      // times a receiver took something and has not answered yet; no errors
  uint64_t withdrawn = 0;
  uint64_t expired = 0;
  uint64_t reversed = 0;
  uint64_t orders_opened = 0;
  uint64_t orders_joined = 0;  // evidence added to an open order instead of a new one
  uint64_t lookup_errors = 0;  // of the lists
  uint64_t breaker_refusals = 0;
  uint64_t overtaken = 0;    // a person decided meanwhile: left as that person has put it
  uint64_t feed_errors = 0;  // the feed was not written; its entries wait in the journal
};

}  // namespace ringfence
