// What the replies that hold the lists say. Internal to whitelist/redis.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "ingest/model/phone_number.h"
#include "whitelist/facts.h"
#include "whitelist/redis/manifest.h"
#include "whitelist/redis/redis_connection.h"

namespace ringfence {

// What was read of some numbers, in the order asked, and the manifest that lay beside it in the
// same instant.
struct ListReading {
  Manifest manifest;
  std::vector<NumberFacts> facts;
};

// To be sent as one transaction: manifest, counts and the numbers' values.
std::vector<RedisCommand> ReadingCommands(absl::Span<const CallingNumber> numbers);
// What they answered for `numbers` numbers. DataLoss when a list has another count than the
// manifest says or a value is not ours; FailedPrecondition without a manifest.
absl::StatusOr<ListReading> ReadingOf(absl::Span<const RedisReply> replies, size_t numbers);

// Adds the pairs of an answer to HSCAN and returns the cursor to go on with, "0" at the end.
// DataLoss when it is no such answer.
absl::StatusOr<std::string> AddChunk(const RedisReply& chunk, ListDigest::List list,
                                     ListDigest& digest);

}  // namespace ringfence
