#include "tools/service/direct_restore.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "blocker/redis_enforcement.h"
#include "ingest/model/status_macros.h"
#include "tools/service/deliveries.h"
#include "whitelist/store/list_store.h"

namespace ringfence {
namespace {

constexpr std::chrono::milliseconds kPause{10};  // between two looks at the receivers

// The state to go back to is today's, where the ledger in the store tells it.
void TakeLinesOfToday(Database& database, std::vector<ActionRecord>& actions, EventTime now) {
  const auto store = ListStore::OpenExisting(&database);
  if (!store.ok()) return;
  const auto lists = (*store)->Load();
  if (!lists.ok()) return;
  for (ActionRecord& action : actions) {
    const Listing listing = (*lists)->Lookup(action.number, now);
    action.line = listing.owner ? listing.owner->line : LineId();
    action.line_status = listing.owner ? listing.owner->status : LineStatus::kActive;
  }
}

// One receiver, and what it has not taken back yet.
struct Asked {
  NamedSink receiver;
  std::vector<const ActionRecord*> open;
  absl::Status last;

  void Ask() {
    std::erase_if(open, [this](const ActionRecord* action) {
      absl::Status answer = receiver.sink->Restore(*action);
      const bool done = answer.ok();
      // What a receiver said stands longer than that it was asked again.
      if (last.ok() || !IsPending(answer)) last = std::move(answer);
      return done;
    });
  }
};

absl::Status Finish(ActionJournal& journal, const std::vector<ActionRecord>& actions,
                    EventTime now) {
  for (const ActionRecord& action : actions) {
    RF_ASSIGN_OR_RETURN(std::optional<ActionRecord> stored, journal.Find(action.id));
    if (!stored || stored->state != ActionState::kRestoring) continue;
    ActionUpdate update;
    update.reason = stored->reason;
    update.detail = stored->detail;
    const ActionState end = stored->restore_to.value_or(ActionState::kReversed);
    RF_RETURN_IF_ERROR(journal.Move(*stored, end, update, now));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DirectRestore> RestoreDirectly(const Config& config, ActionJournal& journal,
                                              std::vector<ActionRecord> actions,
                                              std::chrono::milliseconds bound,
                                              const DirectRestoreWorld& world) {
  TakeLinesOfToday(journal.database(), actions, world.now());
  RF_ASSIGN_OR_RETURN(const auto deliveries, Deliveries::Open(config, [&](const ActionId& id) {
                        return journal.LastChange(id);
                      }));
  std::vector<NamedSink> sinks = deliveries->sinks();
  std::unique_ptr<RedisConnection> redis;
  std::unique_ptr<RedisEnforcement> table;
  const bool has_table = config.redis != "embedded";
  if (has_table) {
    RF_ASSIGN_OR_RETURN(RedisAddress address, RedisAddress::Parse(config.redis));
    redis = std::make_unique<RedisConnection>(std::move(address));
    table = std::make_unique<RedisEnforcement>(*redis);
    sinks.push_back({"the switch's table (Redis)", table.get()});
  }
  std::vector<Asked> asked;
  for (const NamedSink& sink : sinks) {
    asked.push_back({sink, {}, {}});
    for (const ActionRecord& action : actions) asked.back().open.push_back(&action);
  }
  const auto deadline = world.steady_now() + bound;
  for (;;) {
    bool open = false;
    for (Asked& one : asked) {
      one.Ask();
      open = open || !one.open.empty();
    }
    if (!open || world.steady_now() >= deadline) break;
    std::this_thread::sleep_for(kPause);
  }
  DirectRestore result;
  for (const Asked& one : asked) {
    if (one.open.empty()) {
      result.confirmed.push_back(one.receiver.name);
    } else {
      result.missing.push_back(absl::StrCat(one.receiver.name, ": ", one.last.message()));
    }
  }
  if (!has_table) return result;  // the service's own table shows it when the service starts
  if (result.missing.empty()) {
    RF_RETURN_IF_ERROR(Finish(journal, actions, world.now()));
    result.complete = true;
  }
  return result;
}

}  // namespace ringfence
