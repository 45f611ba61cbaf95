#include "whitelist/redis/redis_whitelist.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr size_t kMaxBatch = 10'000;

uint64_t Count(const Manifest& manifest) {
  return manifest.whitelist_count + manifest.ledger_count;
}

ListVersion VersionOf(const Manifest& manifest) {
  return {manifest.version, Count(manifest), manifest.digest};
}

}  // namespace

RedisWhitelist::RedisWhitelist(RedisAddress address, RedisWhitelistOptions options)
    : redis_(std::move(address), options.timeouts), options_(std::move(options)) {
  options_.batch = std::clamp<size_t>(options_.batch, 1, kMaxBatch);
}

bool RedisWhitelist::DigestIsFresh(const Manifest& manifest) const {
  return verified_.has_value() && redis_.connected() &&
         verified_->generation == redis_.generation() && verified_->manifest == manifest &&
         options_.clock() - verified_->at < options_.digest_max_age;
}

absl::Status RedisWhitelist::CheckAgainstSeen(const Manifest& manifest) {
  const std::string where = absl::StrCat("the lists in Redis at ", redis_.address().ToString());
  if (!seen_.has_value() || seen_->store_id != manifest.store_id ||
      seen_->version < manifest.version) {
    seen_ = manifest;
    return absl::OkStatus();
  }
  if (manifest.version < seen_->version) {
    return absl::FailedPreconditionError(
        absl::StrCat(where, " went back from version ", seen_->version, " to ", manifest.version));
  }
  if (Count(manifest) < Count(*seen_)) {
    return absl::DataLossError(absl::StrCat(where, " shrank from ", Count(*seen_), " to ",
                                            Count(manifest), " numbers at the same version ",
                                            manifest.version));
  }
  if (manifest.digest != seen_->digest) {
    return absl::DataLossError(
        absl::StrCat(where, " have another digest at the same version ", manifest.version));
  }
  return absl::OkStatus();
}

absl::Status RedisWhitelist::CheckExpected(const Manifest& manifest) {
  if (!options_.expected) return absl::OkStatus();
  RF_ASSIGN_OR_RETURN(const ListRevision expected, options_.expected());
  const std::string where = absl::StrCat("the lists in Redis at ", redis_.address().ToString());
  if (manifest.store_id != expected.store_id) {
    return absl::FailedPreconditionError(absl::StrCat(where, " come from store ", manifest.store_id,
                                                      ", the record is store ", expected.store_id,
                                                      ": another service writes to this Redis"));
  }
  if (manifest.version != expected.version) {
    return absl::FailedPreconditionError(absl::StrCat(where, " have version ", manifest.version,
                                                      ", the record has ", expected.version));
  }
  return absl::OkStatus();
}

absl::Status RedisWhitelist::CheckManifest(const Manifest& manifest) {
  // The record first: a version that it never had must not be remembered as the newest.
  RF_RETURN_IF_ERROR(CheckExpected(manifest));
  return CheckAgainstSeen(manifest);
}

absl::StatusOr<ListReading> RedisWhitelist::ReadBatch(absl::Span<const CallingNumber> numbers) {
  // The first look lets the version decide whether the digest is due.
  RF_ASSIGN_OR_RETURN(ListReading reading, ReadLists(redis_, numbers));
  if (!DigestIsFresh(reading.manifest)) {
    verified_.reset();
    RF_ASSIGN_OR_RETURN(reading, VerifyAndReadLists(redis_, numbers));
    verified_ = Verified{redis_.generation(), reading.manifest, options_.clock()};
  }
  return reading;
}

absl::StatusOr<ProvedFacts> RedisWhitelist::ReadFacts(absl::Span<const CallingNumber> numbers) {
  ProvedFacts proved;
  proved.facts.reserve(numbers.size());
  std::optional<Manifest> manifest;
  // Once even for no numbers: the answer is then the version alone.
  do {
    const auto batch = numbers.subspan(0, options_.batch);
    numbers.remove_prefix(batch.size());
    RF_ASSIGN_OR_RETURN(ListReading reading, ReadBatch(batch));
    if (manifest.has_value() && *manifest != reading.manifest) {
      return absl::FailedPreconditionError(absl::StrCat(
          "the lists in Redis at ", redis_.address().ToString(), " changed from version ",
          manifest->version, " to ", reading.manifest.version, " during a look-up"));
    }
    manifest = reading.manifest;
    std::move(reading.facts.begin(), reading.facts.end(), std::back_inserter(proved.facts));
  } while (!numbers.empty());
  RF_RETURN_IF_ERROR(CheckManifest(*manifest));
  proved.list = VersionOf(*manifest);
  return proved;
}

absl::StatusOr<std::vector<Listing>> RedisWhitelist::Lookup(absl::Span<const CallingNumber> numbers,
                                                            EventTime now) {
  RF_ASSIGN_OR_RETURN(const ProvedFacts proved, ReadFacts(numbers));
  std::vector<Listing> listings;
  listings.reserve(numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    listings.push_back(MakeListing(numbers[i], proved.facts[i], proved.list, now));
  }
  return listings;
}

absl::StatusOr<Manifest> RedisWhitelist::Verify() {
  verified_.reset();
  RF_ASSIGN_OR_RETURN(const ListReading reading, ReadBatch({}));
  RF_RETURN_IF_ERROR(CheckManifest(reading.manifest));
  return reading.manifest;
}

}  // namespace ringfence
