// Bounds on what the machine may do without people. Time is an argument.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "ingest/model/event_time.h"
#include "ingest/model/ids.h"

namespace ringfence {

// Automatic suspensions and blocks together. Each at least 1; a bound of n lets n pass.
struct BreakerOptions {
  uint32_t per_minute = 10;        // in any 60 s
  uint32_t per_day = 200;          // on one calendar day
  uint32_t per_customer_day = 20;  // of one customer on one calendar day; foreign numbers have none
  Duration day_offset = std::chrono::hours(8);  // UTC offset at which a calendar day begins
};

enum class BreakerAnswer : uint8_t {
  kAllowed,
  kMinute,       // over again as time passes
  kDay,          // latched: stays until a person resets it, also past midnight
  kCustomerDay,  // latched for this customer
};

std::string_view BreakerAnswerName(
    BreakerAnswer answer);  // "allowed", "minute", "day", "customer-day"

// Why the day bounds latch: hundreds of suspensions in a day mean that a rule, a list or the input
// is wrong. Midnight repairs none of these; a person who has looked does. The minute bound only
// smooths.
//
// Not thread-safe. Memory: one entry per action of the current day.
class CircuitBreaker {
 public:
  explicit CircuitBreaker(BreakerOptions options) : options_(options) {}

  // Whether one more action may be dispatched. Latches when a day bound is reached. `customer` is
  // empty for a number that is no ledger line.
  BreakerAnswer Ask(const CustomerId& customer, EventTime now);

  // Counts an action that was authorised. Also used to rebuild the state from the journal, in order
  // of time.
  void Record(const CustomerId& customer, EventTime now);

  // Restores a latch from the journal.
  void Latch() { latched_ = true; }
  void LatchCustomer(const CustomerId& customer) { latched_customers_.insert(customer); }

  // A person has looked: opens both kinds of latch and forgets the counts of the day.
  void Reset();

  bool latched() const { return latched_ || !latched_customers_.empty(); }

 private:
  void Forget(EventTime now);

  BreakerOptions options_;
  std::deque<EventTime> minute_;
  int64_t day_ = 0;
  uint32_t day_count_ = 0;
  absl::flat_hash_map<CustomerId, uint32_t> customer_count_;
  bool latched_ = false;
  absl::flat_hash_set<CustomerId> latched_customers_;
};

}  // namespace ringfence
