// Reads the lists out of Redis together with the proof that they are the lists.
#pragma once

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "ingest/model/phone_number.h"
#include "whitelist/redis/list_replies.h"
#include "whitelist/redis/redis_connection.h"

namespace ringfence {

// Reads manifest, counts and the numbers' values in one transaction. DataLoss when a list has
// another count than the manifest says or a value is not ours; FailedPrecondition without a
// manifest; Unavailable without an answer.
absl::StatusOr<ListReading> ReadLists(RedisConnection& redis,
                                      absl::Span<const CallingNumber> numbers);

// The same after reading both lists whole, in bounded chunks, and comparing their digest with the
// manifest's (DataLoss when it differs). All of it is one instant: the keys are watched, and the
// transaction that ends the reading happens only if none of them changed. Unavailable when they
// changed so often that it could not be finished.
absl::StatusOr<ListReading> VerifyAndReadLists(RedisConnection& redis,
                                               absl::Span<const CallingNumber> numbers);

}  // namespace ringfence
