// Listed, not listed, or an error: never a guess.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "ingest/model/event_time.h"
#include "ingest/model/phone_number.h"
#include "whitelist/listing.h"

namespace ringfence {

// Looks numbers up in ledger, whitelist and protected floor at once.
class Whitelist {
 public:
  virtual ~Whitelist() = default;

  // One Listing per number, in the order asked. `now` decides which entries have expired.
  //
  // Succeeds only if every answer is proved: the list's manifest was read atomically with the
  // entries, its counts agree with what is stored, and it is the version that the record says.
  // Otherwise Unavailable (no answer, time-out), FailedPrecondition (no manifest, stale or another
  // version) or DataLoss (the list shrank, a digest differs), with the address and what was seen.
  // There are no partial answers.
  virtual absl::StatusOr<std::vector<Listing>> Lookup(absl::Span<const CallingNumber> numbers,
                                                      EventTime now) = 0;
};

}  // namespace ringfence
