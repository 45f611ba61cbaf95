// The blocker with everything it works with: journal, work orders, the switch's table, line
// provisioning, the feed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "blocker/action_journal.h"
#include "blocker/blocker.h"
#include "blocker/jsonl_sink.h"
#include "blocker/order_store.h"
#include "blocker/redis_enforcement.h"
#include "detector/model/detection.h"
#include "tools/config/config.h"
#include "tools/service/data_folder.h"
#include "tools/service/deliveries.h"
#include "tools/service/runtime_lists.h"

namespace ringfence {

// Rules of the configuration as the blocker takes them.
std::vector<RuleSettings> SettingsOf(const Config& config);

// Not thread-safe. `lists` must outlive it.
class Decisions {
 public:
  // Opens journal, orders and feed, and takes up what a crash left. `disarmed` says why it begins
  // disarmed ("start-up"); empty: it begins armed. Errors: store, feed or
  // what [delivery] names can't be used.
  static absl::StatusOr<std::unique_ptr<Decisions>> Open(const Config& config, RuntimeLists& lists,
                                                         EventTime now, std::string disarmed = {});

  // Blocker::SetArmed.
  void SetArmed(bool armed, std::string why) { blocker_->SetArmed(armed, std::move(why)); }
  bool armed() const { return blocker_->armed(); }

  // Decides and records; dispatches what may be. The errors of Blocker::Handle.
  absl::Status Handle(absl::Span<const Detection> detections, EventTime now);

  // Tells people through the feed: a short name, and a sentence.
  absl::Status Alarm(std::string_view name, std::string_view text, EventTime now);

  // What is due: the switch's table is rebuilt if it is not whole or the ledger changed, held
  // actions are decided again, old ones expire, newly listed numbers are set free.
  absl::Status Maintain(bool ledger_changed, EventTime now);

  const BlockerProbe& probe() const { return blocker_->probe(); }

 private:
  Decisions(RuntimeLists& lists, ActionJournal journal, OrderStore orders);
  absl::Status RebuildTable(EventTime now);

  RuntimeLists& lists_;
  ActionJournal journal_;
  OrderStore orders_;
  RedisEnforcement enforcement_;
  std::unique_ptr<JsonlSink> feed_;
  std::unique_ptr<Deliveries> deliveries_;  // asks journal_
  std::unique_ptr<Blocker> blocker_;
  bool table_due_ = true;  // the ledger changed, and the table could not be written since
};

}  // namespace ringfence
