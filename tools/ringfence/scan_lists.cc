#include "tools/ringfence/scan_lists.h"

#include <utility>

#include "ingest/model/status_macros.h"
#include "tools/service/subjects.h"
#include "whitelist/files/list_files.h"
#include "whitelist/lists_whitelist.h"
#include "whitelist/redis/redis_whitelist.h"

namespace ringfence {
namespace {

bool IsRedis(const std::string& text) {
  return text.starts_with("redis://") || text.starts_with("unix:");
}

// A Redis that does not answer is found out here, once, instead of at every alert.
absl::Status UseRedis(const std::string& whitelist, ScanLists& lists) {
  RF_ASSIGN_OR_RETURN(RedisAddress address, RedisAddress::Parse(whitelist));
  auto redis = std::make_unique<RedisWhitelist>(std::move(address), RedisWhitelistOptions{});
  RF_RETURN_IF_ERROR(redis->Verify().status());
  lists.whitelist = std::move(redis);
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckWhitelistAddress(const std::string& whitelist) {
  return IsRedis(whitelist) ? RedisAddress::Parse(whitelist).status() : absl::OkStatus();
}

absl::StatusOr<ScanLists> LoadScanLists(const std::string& ledger, const std::string& whitelist,
                                        const CsvOptions& options) {
  ScanLists lists;
  if (!ledger.empty()) {
    RF_ASSIGN_OR_RETURN(const auto loaded,
                        LoadListFiles({.ledger = ledger, .whitelist = ""}, options, &lists.notes));
    lists.directory = BuildDirectory(*loaded);
  }
  if (whitelist.empty()) return lists;
  if (IsRedis(whitelist)) {
    lists.problem = UseRedis(whitelist, lists);
    return lists;
  }
  lists.notes.clear();
  auto loaded = LoadListFiles({.ledger = ledger, .whitelist = whitelist}, options, &lists.notes);
  lists.problem = loaded.status();
  if (loaded.ok()) {
    if (lists.directory == nullptr) lists.directory = BuildDirectory(**loaded);
    lists.whitelist = std::make_unique<ListsWhitelist>(*std::move(loaded));
  }
  return lists;
}

}  // namespace ringfence
