#include "tools/ringfence/alert_output.h"

#include <algorithm>
#include <ostream>
#include <set>
#include <utility>

#include "blocker/evidence.h"
#include "blocker/features_json.h"
#include "detector/model/rules.h"
#include "ingest/json/json_text.h"
#include "ingest/model/time_text.h"
#include "tools/terminal/table.h"

namespace ringfence {
namespace {

// "line L-1"; a number that calls stands for itself.
std::string SubjectWords(const Subject& subject) {
  if (subject.kind == SubjectKind::kNumber) return SubjectText(subject);
  return std::string(SubjectKindName(subject.kind)) + " " + SubjectText(subject);
}

// The reason's name as words: "listing unknown".
std::string ReasonWords(DecisionReason reason) {
  std::string words(DecisionReasonName(reason));
  std::replace(words.begin(), words.end(), '-', ' ');
  return words;
}

bool IsOfFurtherRule(const JudgedAlert& alert) {
  return alert.detection.subject.kind == SubjectKind::kNumber &&
         alert.detection.rule != RuleId(kLineFrequency);
}

}  // namespace

std::string AlertToJson(const JudgedAlert& alert, const absl::TimeZone& zone) {
  const Detection& detection = alert.detection;
  JsonObject json;
  json.Add("rule", detection.rule.value());
  json.Add("number", detection.number.ToString());
  json.Add("count", detection.count);
  json.Add("threshold", detection.threshold);
  json.Add("window", FormatDuration(detection.window));
  json.Add("at", FormatTime(detection.at, zone));
  json.Add("first_call", FormatTime(detection.first_call, zone));
  json.Add("listing", ListingLabelName(alert.decision.listing));
  json.Add("action", ActionKindName(alert.decision.would));
  json.Add("work_order", alert.decision.would_order);
  json.Add("level", detection.level == Level::kAlert ? "alert" : "warning");
  json.Add("reason", DecisionReasonName(alert.decision.reason));
  json.Add("day_count", detection.day_count);
  if (detection.subject.kind != SubjectKind::kNumber) {
    json.Add("subject", JsonObject{{"kind", SubjectKindName(detection.subject.kind)},
                                   {"id", SubjectText(detection.subject)}});
  }
  if (detection.flood) json.Add("flood", FloodToJson(*detection.flood));
  if (alert.listing.ok() && alert.listing->owner.has_value()) {
    json.Add("line", alert.listing->owner->line.value());
    json.Add("customer", alert.listing->owner->customer.value());
  }
  std::vector<std::string> samples;  // ids are bytes that a switch wrote
  for (const RecordId& id : detection.samples) samples.push_back(id.value());
  json.Add("samples", samples);
  if (detection.features) {
    json.Add("features", FeaturesToJson(*detection.features, [&zone](EventTime time) {
               return FormatTime(time, zone);
             }));
  }
  return json.json();
}

void PrintAlertTable(const std::vector<JudgedAlert>& alerts, const absl::TimeZone& zone,
                     size_t width, std::ostream& out) {
  const bool with_rules = std::any_of(alerts.begin(), alerts.end(), IsOfFurtherRule);
  std::vector<Table::Column> columns = {{"number or subject"},
                                        {"calls", Table::Align::kRight},
                                        {"limit", Table::Align::kRight},
                                        {"at"},
                                        {"listing"},
                                        {"action"},
                                        {"order"},
                                        {.title = "why", .shrinks = true}};
  if (with_rules) columns.insert(columns.begin() + 1, {"rule"});
  Table table(std::move(columns));
  std::set<std::string> subjects;
  for (const JudgedAlert& alert : alerts) {
    const Detection& detection = alert.detection;
    const std::string subject = SubjectWords(detection.subject);
    subjects.insert(subject);
    std::vector<std::string> row = {subject,
                                    WithThousands(detection.count),
                                    WithThousands(detection.threshold),
                                    FormatTime(detection.at, zone).substr(0, 19),
                                    std::string(ListingLabelName(alert.decision.listing)),
                                    std::string(ActionKindName(alert.decision.would)),
                                    alert.decision.would_order ? "yes" : "no",
                                    ReasonWords(alert.decision.reason)};
    if (with_rules) row.insert(row.begin() + 1, detection.rule.value());
    table.AddRow(std::move(row));
  }
  if (!table.empty()) table.Print(out, width);
  out << (table.empty() ? "" : "\n") << WithThousands(alerts.size())
      << (alerts.size() == 1 ? " alert of " : " alerts of ") << WithThousands(subjects.size())
      << (subjects.size() == 1 ? " subject\n" : " subjects\n");
}

}  // namespace ringfence
