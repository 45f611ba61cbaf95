#include "whitelist/redis/projection.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"
#include "whitelist/redis/list_keys.h"
#include "whitelist/redis/list_reader.h"
#include "whitelist/redis/manifest.h"

namespace ringfence {
namespace {

constexpr size_t kChunk = 500;              // pairs in one HSET
constexpr char kLeftoverSeconds[] = "600";  // after which a list that was never put in place goes

// The two new lists under names that no other projector uses.
class Draft {
 public:
  Draft(RedisConnection& redis, int64_t client)
      : redis_(redis),
        whitelist_(absl::StrCat("rf:tmp:", client, ":whitelist")),
        ledger_(absl::StrCat("rf:tmp:", client, ":ledger")) {}

  absl::Status Clear() { return redis_.Command({"DEL", whitelist_, ledger_}).status(); }

  absl::Status Write(const Lists& lists) {
    RedisCommand entries;
    RedisCommand owners;
    absl::Status status;
    lists.ForEachStored(
        [&](ListDigest::List list, const std::string& number, const std::string& value) {
          const bool whitelist = list == ListDigest::List::kWhitelist;
          RedisCommand& command = whitelist ? entries : owners;
          if (command.empty()) command = {"HSET", whitelist ? whitelist_ : ledger_};
          command.push_back(number);
          command.push_back(value);
          if (command.size() >= 2 + 2 * kChunk && status.ok()) status = Flush(command);
        });
    if (status.ok()) status = Flush(entries);
    if (status.ok()) status = Flush(owners);
    return status;
  }

  // The commands that put the lists in place. An empty list is a key that is not there.
  void AppendSwap(const Lists& lists, std::vector<RedisCommand>& commands) const {
    AppendSwap(whitelist_, kWhitelistKey, lists.whitelist_count(), commands);
    AppendSwap(ledger_, kLedgerKey, lists.ledger_count(), commands);
  }

 private:
  absl::Status Flush(RedisCommand& command) {
    if (command.empty()) return absl::OkStatus();
    const std::string key = command[1];
    const RedisCommand write[] = {std::exchange(command, {}), {"EXPIRE", key, kLeftoverSeconds}};
    RF_ASSIGN_OR_RETURN(const auto replies, redis_.Pipeline(write));
    for (const RedisReply& reply : replies) {
      if (reply.is_error()) {
        return absl::InternalError(absl::StrCat("Redis at ", redis_.address().ToString(),
                                                " refuses to write the lists: ", reply.text));
      }
    }
    return absl::OkStatus();
  }

  static void AppendSwap(const std::string& from, const char* to, uint64_t count,
                         std::vector<RedisCommand>& commands) {
    if (count == 0) {
      commands.push_back({"DEL", to});
      return;
    }
    commands.push_back({"RENAME", from, to});
    commands.push_back({"PERSIST", to});
  }

  RedisConnection& redis_;
  std::string whitelist_;
  std::string ledger_;
};

absl::Status RefuseForeign(const ListRevision& revision, RedisConnection& redis) {
  const RedisCommand read{"HGETALL", kManifestKey};
  RF_ASSIGN_OR_RETURN(const auto replies, redis.Pipeline(absl::MakeConstSpan(&read, 1)));
  const auto there = ReadManifest(replies.front());  // a key of another type has no fields either
  if (!there.ok()) return absl::OkStatus();
  if (there->store_id != revision.store_id) {
    return absl::FailedPreconditionError(absl::StrCat(
        "Redis at ", redis.address().ToString(), " holds the lists of store ", there->store_id,
        ", these are of store ", revision.store_id,
        ": does another service use this Redis? If not, ", "remove ", kManifestKey, " first"));
  }
  if (there->version <= revision.version) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("Redis at ", redis.address().ToString(), " holds version ", there->version,
                   " of the lists, newer than version ", revision.version,
                   " which was to be written: was the store restored from a backup? Then remove ",
                   kManifestKey, " first"));
}

absl::Status Replace(const Lists& lists, const Manifest& manifest, RedisConnection& redis) {
  RF_ASSIGN_OR_RETURN(const RedisReply client, redis.Command({"CLIENT", "ID"}));
  const uint64_t generation = redis.generation();
  RF_RETURN_IF_ERROR(redis.Command({"WATCH", kManifestKey}).status());
  RF_RETURN_IF_ERROR(RefuseForeign({manifest.store_id, manifest.version}, redis));
  Draft draft(redis, client.integer);
  RF_RETURN_IF_ERROR(draft.Clear());
  RF_RETURN_IF_ERROR(draft.Write(lists));
  std::vector<RedisCommand> commands;
  draft.AppendSwap(lists, commands);
  commands.push_back({"DEL", kManifestKey});
  commands.push_back(WriteManifest(manifest));
  if (redis.generation() != generation) {
    return absl::UnavailableError(absl::StrCat("the connection to Redis at ",
                                               redis.address().ToString(),
                                               " broke while the lists were being written"));
  }
  return redis.Transaction(commands).status();
}

absl::Status ReadBack(const Manifest& written, RedisConnection& redis) {
  RF_ASSIGN_OR_RETURN(const ListReading reading, VerifyAndReadLists(redis, {}));
  if (reading.manifest == written) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat("Redis at ", redis.address().ToString(), " holds version ",
                                         reading.manifest.version,
                                         " of the lists right after version ", written.version,
                                         " was written: is there a second projector?"));
}

}  // namespace

absl::Status Project(const Lists& lists, const ListRevision& revision, RedisConnection& redis,
                     EventTime now) {
  const Manifest manifest{
      revision.store_id,       revision.version,
      lists.whitelist_count(), lists.ledger_count(),
      lists.version().digest,  std::chrono::floor<std::chrono::milliseconds>(now)};
  if (absl::Status written = Replace(lists, manifest, redis); !written.ok()) {
    redis.Close();  // and its watch with it
    return written;
  }
  return ReadBack(manifest, redis);
}

absl::StatusOr<bool> ProjectIfStale(ListStore& store, RedisConnection& redis, EventTime now,
                                    ProjectionCheck check) {
  RF_ASSIGN_OR_RETURN(const ListRevision wanted, store.Revision());
  const auto reading =
      check == ProjectionCheck::kManifest ? ReadLists(redis, {}) : VerifyAndReadLists(redis, {});
  if (absl::IsUnavailable(reading.status())) return reading.status();
  if (reading.ok() && reading->manifest.store_id == wanted.store_id &&
      reading->manifest.version == wanted.version) {
    return false;
  }
  RF_ASSIGN_OR_RETURN(const auto lists, store.Load());
  RF_RETURN_IF_ERROR(Project(*lists, {wanted.store_id, lists->version().version}, redis, now));
  return true;
}

}  // namespace ringfence
