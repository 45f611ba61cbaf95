// The Whitelist that rule R0 asks: reads Redis anew for every look-up and proves the answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "ingest/model/event_time.h"
#include "ingest/model/phone_number.h"
#include "whitelist/facts.h"
#include "whitelist/redis/list_reader.h"
#include "whitelist/redis/redis_connection.h"
#include "whitelist/store/list_store.h"
#include "whitelist/whitelist.h"

namespace ringfence {

// Which revision the record has now; asked once per look-up, after Redis was read. An error of it
// is an error of the look-up.
using ExpectedRevision = std::function<absl::StatusOr<ListRevision>()>;

// Time that never goes back, for ages and bounds.
using MonotonicClock = std::function<std::chrono::steady_clock::time_point()>;

struct RedisWhitelistOptions {
  RedisTimeouts timeouts;
  // Lists are read whole and their digest is computed again when the last time was on another
  // connection, at another version, or longer ago than this. Zero: at every look-up. Shorter finds
  // a change made by hand in Redis sooner, and reads more.
  std::chrono::milliseconds digest_max_age{60'000};
  // Numbers in one transaction, 1 to 10,000.
  size_t batch = 1000;
  // None: the Redis is filled by somebody else, whose record can't be asked; then only what the
  // manifest says is proved.
  ExpectedRevision expected;
  MonotonicClock clock = &std::chrono::steady_clock::now;
};

// Facts of some numbers, in the order asked, and the list that they come from.
struct ProvedFacts {
  std::vector<NumberFacts> facts;
  ListVersion list;
};

// Not thread-safe: a thread that looks up has a RedisWhitelist of its own. Every look-up of up to
// `batch` numbers takes at most the time-outs plus, where the digest is due, the reading of the
// lists, each chunk of which is bounded by the time-outs.
//
// Beyond what Whitelist::Lookup promises, it refuses: a version older than one it has seen
// (FailedPrecondition), another store than the record's (FailedPrecondition), and a list that
// shrank, or has another digest, at the same version (DataLoss).
class RedisWhitelist : public Whitelist {
 public:
  RedisWhitelist(RedisAddress address, RedisWhitelistOptions options);

  absl::StatusOr<std::vector<Listing>> Lookup(absl::Span<const CallingNumber> numbers,
                                              EventTime now) override;

  // The same before the rules are applied: for a cache, which must apply them anew each time.
  absl::StatusOr<ProvedFacts> ReadFacts(absl::Span<const CallingNumber> numbers);

  // Reads the manifest and compares the digest now; for doctor.
  absl::StatusOr<Manifest> Verify();

 private:
  struct Verified {
    uint64_t generation = 0;
    Manifest manifest;
    std::chrono::steady_clock::time_point at;
  };

  absl::StatusOr<ListReading> ReadBatch(absl::Span<const CallingNumber> numbers);
  bool DigestIsFresh(const Manifest& manifest) const;
  absl::Status CheckManifest(const Manifest& manifest);
  absl::Status CheckAgainstSeen(const Manifest& manifest);
  absl::Status CheckExpected(const Manifest& manifest);

  RedisConnection redis_;
  RedisWhitelistOptions options_;
  std::optional<Verified> verified_;
  std::optional<Manifest> seen_;  // the newest
};

}  // namespace ringfence
