#include "tools/service/decisions.h"

#include <utility>

#include "detector/model/rules.h"
#include "ingest/model/status_macros.h"
#include "tools/service/subjects.h"

namespace ringfence {
namespace {

// By which a clock that is being set may go back without holding what is under way.
constexpr auto kClockSlack = std::chrono::minutes(1);

RuleSettings Settings(const std::string& id, const RuleConfig& rule, Duration expire_after) {
  return {.rule = RuleId(id),
          .mode = rule.enforce ? RuleMode::kEnforce : RuleMode::kObserve,
          .suspension = expire_after};
}

}  // namespace

std::vector<RuleSettings> SettingsOf(const Config& config) {
  std::vector<RuleSettings> settings = {
      Settings(kLineFrequency, config.line_frequency, config.expire_after),
      Settings(kLineTotal, config.line_total, config.expire_after),
      Settings(kCustomerTotal, config.customer_total, config.expire_after)};
  for (const auto& [id, rule] : config.further_rules) {
    settings.push_back(Settings(id, rule, config.expire_after));
  }
  RuleConfig flood;
  flood.enforce = config.flood_enforce;
  settings.push_back(Settings(kCalledFlood, flood, config.expire_after));
  return settings;
}

Decisions::Decisions(RuntimeLists& lists, ActionJournal journal, OrderStore orders)
    : lists_(lists),
      journal_(std::move(journal)),
      orders_(std::move(orders)),
      enforcement_(lists.enforcement()) {}

absl::StatusOr<std::unique_ptr<Decisions>> Decisions::Open(const Config& config,
                                                           RuntimeLists& lists, EventTime now,
                                                           std::string disarmed) {
  RF_ASSIGN_OR_RETURN(ActionJournal journal, ActionJournal::Open(lists.database()));
  RF_ASSIGN_OR_RETURN(OrderStore orders, OrderStore::Open(lists.database()));
  std::unique_ptr<Decisions> result(new Decisions(lists, std::move(journal), std::move(orders)));
  RF_ASSIGN_OR_RETURN(result->feed_, JsonlSink::Open(DataFolder{config.data}.File(config.feed)));

  ActionJournal& recorded = result->journal_;
  RF_ASSIGN_OR_RETURN(result->deliveries_,
                      Deliveries::Open(config, [&recorded](const ActionId& id) {
                        return recorded.LastChange(id);
                      }));

  BlockerOptions options{.rules = SettingsOf(config),
                         .breaker = {.per_minute = config.actions_per_minute,
                                     .per_day = config.actions_per_day,
                                     .per_customer_day = config.actions_per_customer_per_day},
                         .limits = {.evidence_age_max = config.max_evidence_age,
                                    .evidence_ahead_max = config.max_future + kClockSlack},
                         .disarmed = std::move(disarmed)};
  BlockerParts parts{.deciding = lists.deciding(),
                     .proving = lists.proving(),
                     .journal = result->journal_,
                     .orders = result->orders_,
                     .sinks = {&result->enforcement_},
                     .feed = result->feed_.get()};
  for (const NamedSink& receiver : result->deliveries_->sinks()) {
    parts.sinks.push_back(receiver.sink);
  }
  RF_ASSIGN_OR_RETURN(result->blocker_, Blocker::Create(parts, std::move(options), now));
  // A Redis that does not answer keeps the table from being rebuilt now; Maintain() tries again,
  // and until then every dispatch is refused by the table itself.
  result->RebuildTable(now).IgnoreError();
  RF_RETURN_IF_ERROR(result->blocker_->Recover(now));
  return result;
}

absl::Status Decisions::Handle(absl::Span<const Detection> detections, EventTime now) {
  if (detections.empty()) return absl::OkStatus();
  return blocker_->Handle(detections, now);
}

absl::Status Decisions::Alarm(std::string_view name, std::string_view text, EventTime now) {
  return journal_.events().AddAlarm(now, name, text);  // published with what comes next
}

absl::Status Decisions::Maintain(bool ledger_changed, EventTime now) {
  table_due_ = table_due_ || ledger_changed;
  if (table_due_ || !enforcement_.Check().ok()) RebuildTable(now).IgnoreError();
  RF_RETURN_IF_ERROR(blocker_->RetryHeld(now));
  RF_RETURN_IF_ERROR(blocker_->ExpireDue(now));
  return blocker_->LiftListed(now);
}

absl::Status Decisions::RebuildTable(EventTime now) {
  // Where the lists may not be published (Redis holds those of another store, or newer ones), the
  // table is not this service's to replace either.
  RF_RETURN_IF_ERROR(lists_.projection());
  RF_ASSIGN_OR_RETURN(const std::vector<ActionRecord> open, journal_.InForce(now));
  RF_RETURN_IF_ERROR(enforcement_.Rebuild(LedgerNumbers(*lists_.lists()), open, now));
  table_due_ = false;
  return absl::OkStatus();
}

}  // namespace ringfence
