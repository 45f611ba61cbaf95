#include "tools/service/runtime_lists.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"
#include "whitelist/redis/cached_whitelist.h"
#include "whitelist/redis/projection.h"

namespace ringfence {
namespace {

constexpr auto kReviveEvery = std::chrono::seconds(10);

std::chrono::milliseconds Millis(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RuntimeLists>> RuntimeLists::Open(const Config& config,
                                                                 const Clock& now) {
  const DataFolder folder{config.data};
  RF_RETURN_IF_ERROR(MakeFolder(folder));
  std::unique_ptr<RuntimeLists> result(new RuntimeLists);
  RF_ASSIGN_OR_RETURN(result->database_, Database::Open(folder.Store()));
  RF_ASSIGN_OR_RETURN(result->store_, ListStore::Create(result->database_.get()));
  if (config.redis == "embedded") {
    result->embedded_folder_ = folder.Redis();
    RF_ASSIGN_OR_RETURN(result->embedded_, EmbeddedRedis::Start(folder.Redis()));
    result->address_ = result->embedded_->address();
  } else {
    RF_ASSIGN_OR_RETURN(result->address_, RedisAddress::Parse(config.redis));
  }
  result->Connect(config);
  RF_ASSIGN_OR_RETURN(result->lists_, result->store_->Load());
  // A Redis that does not answer now is tried again by Refresh().
  result->projection_ = result->Publish(now());
  return result;
}

void RuntimeLists::Connect(const Config& config) {
  const RedisTimeouts timeouts{.connect = Millis(config.redis_timeout),
                               .command = Millis(config.redis_timeout)};
  verify_every_ = config.redis_verify_every;
  projecting_ = std::make_unique<RedisConnection>(address_, timeouts);
  enforcement_ = std::make_unique<RedisConnection>(address_, timeouts);
  ListStore* store = store_.get();
  const RedisWhitelistOptions options{.timeouts = timeouts,
                                      .digest_max_age = Millis(config.redis_verify_every),
                                      .expected = [store] { return store->Revision(); }};
  proving_ = std::make_unique<RedisWhitelist>(address_, options);
  deciding_ = std::make_unique<CachedWhitelist>(address_, CachedWhitelistOptions{.redis = options});
}

absl::Status RuntimeLists::Publish(EventTime now) {
  RF_RETURN_IF_ERROR(Revive(now));
  // Counts alone would not show an entry that was put in the place of another.
  const bool all = !verified_ || now < *verified_ || now - *verified_ >= verify_every_;
  const auto check = all ? ProjectionCheck::kDigest : ProjectionCheck::kManifest;
  RF_RETURN_IF_ERROR(ProjectIfStale(*store_, *projecting_, now, check).status());
  if (all) verified_ = now;
  return absl::OkStatus();
}

absl::Status RuntimeLists::Revive(EventTime now) {
  if (embedded_folder_.empty()) return absl::OkStatus();
  if (embedded_ != nullptr && embedded_->Running()) return absl::OkStatus();
  // One that can't start is not tried again and again: each attempt keeps records waiting.
  if (revived_ && now >= *revived_ && now - *revived_ < kReviveEvery) {
    return absl::UnavailableError("the embedded redis-server has ended");
  }
  revived_ = now;
  embedded_.reset();  // gives up its folder
  RF_ASSIGN_OR_RETURN(embedded_, EmbeddedRedis::Start(embedded_folder_));
  return absl::OkStatus();
}

absl::StatusOr<bool> RuntimeLists::Refresh(EventTime now) {
  RF_ASSIGN_OR_RETURN(const ListRevision revision, store_->Revision());
  const bool changed = revision.version != lists_->version().version;
  if (changed) {
    RF_ASSIGN_OR_RETURN(lists_, store_->Load());
  }
  projection_ = Publish(now);
  return changed;
}

}  // namespace ringfence
