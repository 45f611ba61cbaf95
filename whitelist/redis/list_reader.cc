#include "whitelist/redis/list_reader.h"

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "whitelist/redis/list_keys.h"

namespace ringfence {
namespace {

constexpr char kScanChunk[] = "2000";
constexpr int kMaxAttempts = 5;

absl::Status Lost(const RedisConnection& redis, std::string_view what) {
  return absl::DataLossError(
      absl::StrCat("the lists in Redis at ", redis.address().ToString(), ": ", ToAbsl(what)));
}

absl::Status At(const RedisConnection& redis, const absl::Status& status) {
  return absl::Status(
      status.code(),
      absl::StrCat("the lists in Redis at ", redis.address().ToString(), ": ", status.message()));
}

absl::StatusOr<ListReading> Read(RedisConnection& redis, absl::Span<const CallingNumber> numbers) {
  RF_ASSIGN_OR_RETURN(const auto replies, redis.Transaction(ReadingCommands(numbers)));
  auto reading = ReadingOf(replies, numbers.size());
  return reading.ok() ? reading : At(redis, reading.status());
}

absl::Status AddWholeList(RedisConnection& redis, const char* key, ListDigest::List list,
                          ListDigest& digest) {
  std::string cursor = "0";
  do {
    RF_ASSIGN_OR_RETURN(const RedisReply chunk,
                        redis.Command({"HSCAN", key, cursor, "COUNT", kScanChunk}));
    const auto next = AddChunk(chunk, list, digest);
    if (!next.ok()) return At(redis, next.status());
    cursor = *next;
  } while (cursor != "0");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ListReading> ReadLists(RedisConnection& redis,
                                      absl::Span<const CallingNumber> numbers) {
  return Read(redis, numbers);
}

absl::StatusOr<ListReading> VerifyAndReadLists(RedisConnection& redis,
                                               absl::Span<const CallingNumber> numbers) {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    RF_RETURN_IF_ERROR(redis.Command({"WATCH", kWhitelistKey, kLedgerKey, kManifestKey}).status());
    // WATCH belongs to the connection: on a new one in the midst of it nothing would be watched.
    const uint64_t generation = redis.generation();
    ListDigest digest;
    absl::Status scanned = AddWholeList(redis, kWhitelistKey, ListDigest::List::kWhitelist, digest);
    if (scanned.ok()) {
      scanned = AddWholeList(redis, kLedgerKey, ListDigest::List::kLedger, digest);
    }
    if (!scanned.ok()) {
      redis.Close();  // and its watch with it
      return scanned;
    }
    auto reading = Read(redis, numbers);
    if (redis.generation() != generation || absl::IsAborted(reading.status())) continue;
    if (!reading.ok()) return reading;
    if (const std::string found = digest.Finish(); found != reading->manifest.digest) {
      return Lost(redis,
                  absl::StrCat("their digest is ", found, ", the manifest of version ",
                               reading->manifest.version, " says ", reading->manifest.digest));
    }
    return reading;
  }
  return absl::UnavailableError(absl::StrCat("the lists in Redis at ", redis.address().ToString(),
                                             " changed ", kMaxAttempts,
                                             " times while they were being verified"));
}

}  // namespace ringfence
