#include "whitelist/redis/list_reader.h"

#include <utility>

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

std::vector<RedisCommand> ReadCommands(absl::Span<const CallingNumber> numbers) {
  std::vector<RedisCommand> commands{
      {"HGETALL", kManifestKey}, {"HLEN", kWhitelistKey}, {"HLEN", kLedgerKey}};
  if (numbers.empty()) return commands;
  RedisCommand entries{"HMGET", kWhitelistKey};
  RedisCommand owners{"HMGET", kLedgerKey};
  for (const CallingNumber number : numbers) {
    entries.push_back(number.ToString());
    owners.push_back(number.ToString());
  }
  commands.push_back(std::move(entries));
  commands.push_back(std::move(owners));
  return commands;
}

absl::Status CheckCount(const RedisConnection& redis, const char* key, int64_t stored,
                        uint64_t expected) {
  if (stored >= 0 && static_cast<uint64_t>(stored) == expected) return absl::OkStatus();
  return Lost(redis,
              absl::StrCat(key, " holds ", stored, " numbers, its manifest says ", expected));
}

absl::Status Decode(const RedisConnection& redis, const RedisReply& entries,
                    const RedisReply& owners, std::vector<NumberFacts>& facts) {
  if (entries.items.size() != facts.size() || owners.items.size() != facts.size()) {
    return Lost(redis, "HMGET answered with another number of values than was asked for");
  }
  for (size_t i = 0; i < facts.size(); ++i) {
    if (!entries.items[i].is_nil()) {
      auto entry = DecodeEntry(entries.items[i].text);
      if (!entry.ok()) return At(redis, entry.status());
      facts[i].entry = *std::move(entry);
    }
    if (!owners.items[i].is_nil()) {
      auto owner = DecodeOwner(owners.items[i].text);
      if (!owner.ok()) return At(redis, owner.status());
      facts[i].owner = *std::move(owner);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ListReading> Read(RedisConnection& redis, absl::Span<const CallingNumber> numbers) {
  RF_ASSIGN_OR_RETURN(const auto replies, redis.Transaction(ReadCommands(numbers)));
  auto manifest = ReadManifest(replies[0]);
  if (!manifest.ok()) return At(redis, manifest.status());
  RF_RETURN_IF_ERROR(
      CheckCount(redis, kWhitelistKey, replies[1].integer, manifest->whitelist_count));
  RF_RETURN_IF_ERROR(CheckCount(redis, kLedgerKey, replies[2].integer, manifest->ledger_count));
  ListReading reading{*std::move(manifest), std::vector<NumberFacts>(numbers.size())};
  if (!numbers.empty()) {
    RF_RETURN_IF_ERROR(Decode(redis, replies[3], replies[4], reading.facts));
  }
  return reading;
}

absl::Status AddWholeList(RedisConnection& redis, const char* key, ListDigest::List list,
                          ListDigest& digest) {
  std::string cursor = "0";
  do {
    RF_ASSIGN_OR_RETURN(const RedisReply chunk,
                        redis.Command({"HSCAN", key, cursor, "COUNT", kScanChunk}));
    if (chunk.items.size() != 2 || chunk.items[1].items.size() % 2 != 0) {
      return Lost(redis, absl::StrCat("HSCAN ", key, " answered something else"));
    }
    cursor = chunk.items[0].text;
    const std::vector<RedisReply>& pairs = chunk.items[1].items;
    for (size_t i = 0; i < pairs.size(); i += 2) digest.Add(list, pairs[i].text, pairs[i + 1].text);
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
