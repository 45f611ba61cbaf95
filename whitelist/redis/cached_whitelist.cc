#include "whitelist/redis/cached_whitelist.h"

#include "ingest/model/status_macros.h"

namespace ringfence {

CachedWhitelist::CachedWhitelist(const RedisAddress& address, CachedWhitelistOptions options)
    : options_(std::move(options)),
      redis_(address, options_.redis),
      channel_(address, options_.redis.timeouts, options_.proof_max_age, options_.redis.clock) {}

void CachedWhitelist::Drop() {
  order_.clear();
  places_.clear();
  list_.reset();
}

// Drops what can no longer be answered for.
absl::Status CachedWhitelist::Refresh() {
  const auto epoch = channel_.Epoch(/*prove_now=*/false);
  if (!epoch.ok()) {
    Drop();
    return epoch.status();
  }
  if (*epoch != epoch_) Drop();
  epoch_ = *epoch;
  if (!list_.has_value() || !options_.redis.expected) return absl::OkStatus();
  const auto expected = options_.redis.expected();
  if (!expected.ok() || expected->version != list_->version) Drop();
  return expected.status();
}

void CachedWhitelist::Keep(CallingNumber number, const NumberFacts& facts) {
  if (options_.capacity == 0 || places_.contains(number)) return;
  if (order_.size() >= options_.capacity) {
    places_.erase(order_.back().number);
    order_.pop_back();
  }
  order_.push_front({number, facts});
  places_[number] = order_.begin();
}

absl::Status CachedWhitelist::Fill(absl::Span<const CallingNumber> missing,
                                   absl::flat_hash_map<CallingNumber, NumberFacts>& answers) {
  const uint64_t before = epoch_;
  RF_ASSIGN_OR_RETURN(const ProvedFacts proved, redis_.ReadFacts(missing));
  // A change between reading and keeping would otherwise be heard first and kept for ever.
  RF_ASSIGN_OR_RETURN(const uint64_t after, channel_.Epoch(/*prove_now=*/true));
  if (list_.has_value() && *list_ != proved.list) {
    Drop();
    return absl::FailedPreconditionError("the lists changed during a look-up");
  }
  for (size_t i = 0; i < missing.size(); ++i) answers[missing[i]] = proved.facts[i];
  list_ = proved.list;
  if (after != before) return absl::OkStatus();  // answered, but the next look-up drops them
  for (size_t i = 0; i < missing.size(); ++i) Keep(missing[i], proved.facts[i]);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Listing>> CachedWhitelist::Lookup(
    absl::Span<const CallingNumber> numbers, EventTime now) {
  RF_RETURN_IF_ERROR(Refresh());
  absl::flat_hash_map<CallingNumber, NumberFacts> answers;
  std::vector<CallingNumber> missing;
  for (const CallingNumber number : numbers) {
    if (const auto place = places_.find(number); place != places_.end()) {
      ++hits_;
      order_.splice(order_.begin(), order_, place->second);
      answers[number] = place->second->facts;
    } else if (answers.emplace(number, NumberFacts()).second) {
      missing.push_back(number);
    }
  }
  if (!missing.empty() || !list_.has_value()) RF_RETURN_IF_ERROR(Fill(missing, answers));
  std::vector<Listing> listings;
  listings.reserve(numbers.size());
  for (const CallingNumber number : numbers) {
    listings.push_back(MakeListing(number, answers[number], *list_, now));
  }
  return listings;
}

}  // namespace ringfence
