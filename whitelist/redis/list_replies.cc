#include "whitelist/redis/list_replies.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"
#include "whitelist/redis/list_keys.h"

namespace ringfence {
namespace {

absl::Status CheckCount(const char* key, const RedisReply& stored, uint64_t expected) {
  const bool is_count = stored.kind == RedisReply::Kind::kInteger && stored.integer >= 0;
  if (is_count && static_cast<uint64_t>(stored.integer) == expected) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(key, " holds ", stored.integer, " numbers, its manifest says ", expected));
}

absl::Status Decode(const RedisReply& entries, const RedisReply& owners,
                    std::vector<NumberFacts>& facts) {
  if (entries.items.size() != facts.size() || owners.items.size() != facts.size()) {
    return absl::DataLossError("HMGET answered with another number of values than was asked for");
  }
  for (size_t i = 0; i < facts.size(); ++i) {
    if (!entries.items[i].is_nil()) {
      RF_ASSIGN_OR_RETURN(facts[i].entry, DecodeEntry(entries.items[i].text));
    }
    if (!owners.items[i].is_nil()) {
      RF_ASSIGN_OR_RETURN(facts[i].owner, DecodeOwner(owners.items[i].text));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<RedisCommand> ReadingCommands(absl::Span<const CallingNumber> numbers) {
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

absl::StatusOr<ListReading> ReadingOf(absl::Span<const RedisReply> replies, size_t numbers) {
  if (replies.size() != (numbers == 0 ? 3 : 5)) {
    return absl::DataLossError("another number of replies came than was asked for");
  }
  ListReading reading;
  RF_ASSIGN_OR_RETURN(reading.manifest, ReadManifest(replies[0]));
  RF_RETURN_IF_ERROR(CheckCount(kWhitelistKey, replies[1], reading.manifest.whitelist_count));
  RF_RETURN_IF_ERROR(CheckCount(kLedgerKey, replies[2], reading.manifest.ledger_count));
  reading.facts.resize(numbers);
  if (numbers > 0) RF_RETURN_IF_ERROR(Decode(replies[3], replies[4], reading.facts));
  return reading;
}

absl::StatusOr<std::string> AddChunk(const RedisReply& chunk, ListDigest::List list,
                                     ListDigest& digest) {
  if (chunk.items.size() != 2 || chunk.items[1].items.size() % 2 != 0) {
    return absl::DataLossError("HSCAN answered something else");
  }
  const std::vector<RedisReply>& pairs = chunk.items[1].items;
  for (size_t i = 0; i < pairs.size(); i += 2) digest.Add(list, pairs[i].text, pairs[i + 1].text);
  return chunk.items[0].text;
}

}  // namespace ringfence
