// A Whitelist with a bounded cache, for those who ask about the same numbers again and again.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "whitelist/facts.h"
#include "whitelist/redis/invalidation_channel.h"
#include "whitelist/redis/redis_whitelist.h"
#include "whitelist/whitelist.h"

namespace ringfence {

struct CachedWhitelistOptions {
  RedisWhitelistOptions redis;
  size_t capacity = 100'000;  // numbers; the one that was not asked for the longest goes
  // A cached answer is given only if the channel that would have revoked it was proved alive no
  // longer ago than this.
  std::chrono::milliseconds proof_max_age{1'000};
};

// Keeps both kinds of answer, listed and not listed, with the version they belong to; expiry is
// judged anew each time. All of them go as soon as a list in Redis or the record's version changes
// or the channel breaks. What is not cached is read and proved as RedisWhitelist does, and errors
// are never kept.
//
// For displays and first decisions. The step that authorises an action asks a RedisWhitelist: a
// cached answer may be as old as proof_max_age when the network to Redis is dead but not closed.
// Not thread-safe.
class CachedWhitelist : public Whitelist {
 public:
  CachedWhitelist(const RedisAddress& address, CachedWhitelistOptions options);

  absl::StatusOr<std::vector<Listing>> Lookup(absl::Span<const CallingNumber> numbers,
                                              EventTime now) override;

  // For tests and metrics.
  size_t size() const { return order_.size(); }
  uint64_t hits() const { return hits_; }

 private:
  struct Cached {
    CallingNumber number;
    NumberFacts facts;
  };

  absl::Status Refresh();
  absl::Status Fill(absl::Span<const CallingNumber> missing,
                    absl::flat_hash_map<CallingNumber, NumberFacts>& answers);
  void Keep(CallingNumber number, const NumberFacts& facts);
  void Drop();

  CachedWhitelistOptions options_;
  RedisWhitelist redis_;
  InvalidationChannel channel_;
  uint64_t epoch_ = 0;               // of what is cached
  std::optional<ListVersion> list_;  // of what is cached; none: nothing is
  std::list<Cached> order_;          // the last used first
  absl::flat_hash_map<CallingNumber, std::list<Cached>::iterator> places_;
  uint64_t hits_ = 0;
};

}  // namespace ringfence
