#include "tools/ringfence/alert_output.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "ingest/model/time_text.h"
#include "tools/terminal/table.h"

namespace ringfence {
namespace {

using Json = nlohmann::ordered_json;

std::string SubjectText(const Detection& detection) {
  switch (detection.subject.kind) {
    case SubjectKind::kNumber:
      return detection.number.ToString();
    case SubjectKind::kLine:
      return "line " + detection.subject.name;
    case SubjectKind::kCustomer:
      return "customer " + detection.subject.name;
  }
  return {};
}

std::string_view SubjectKindName(SubjectKind kind) {
  switch (kind) {
    case SubjectKind::kNumber:
      return "number";
    case SubjectKind::kLine:
      return "line";
    case SubjectKind::kCustomer:
      return "customer";
  }
  return {};
}

// The reason's name as words: "listing unknown".
std::string ReasonWords(DecisionReason reason) {
  std::string words(DecisionReasonName(reason));
  std::replace(words.begin(), words.end(), '-', ' ');
  return words;
}

}  // namespace

std::string AlertToJson(const JudgedAlert& alert, const absl::TimeZone& zone) {
  const Detection& detection = alert.detection;
  Json json;
  json["rule"] = detection.rule.value();
  json["number"] = detection.number.ToString();
  json["count"] = detection.count;
  json["threshold"] = detection.threshold;
  json["window"] = FormatDuration(detection.window);
  json["at"] = FormatTime(detection.at, zone);
  json["first_call"] = FormatTime(detection.first_call, zone);
  json["listing"] = ListingLabelName(alert.decision.listing);
  json["action"] = ActionKindName(alert.decision.would);
  json["work_order"] = alert.decision.would_order;
  json["level"] = detection.level == Level::kAlert ? "alert" : "warning";
  json["reason"] = DecisionReasonName(alert.decision.reason);
  json["day_count"] = detection.day_count;
  if (detection.subject.kind != SubjectKind::kNumber) {
    json["subject"] = {{"kind", SubjectKindName(detection.subject.kind)},
                       {"id", detection.subject.name}};
  }
  if (alert.listing.ok() && alert.listing->owner.has_value()) {
    json["line"] = alert.listing->owner->line.value();
    json["customer"] = alert.listing->owner->customer.value();
  }
  Json samples = Json::array();
  for (const RecordId& id : detection.samples) samples.push_back(id.value());
  json["samples"] = std::move(samples);
  // Record ids are bytes that a switch wrote: what is not UTF-8 is replaced, not an error.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void PrintAlertTable(const std::vector<JudgedAlert>& alerts, const absl::TimeZone& zone,
                     size_t width, std::ostream& out) {
  Table table({{"number or subject"},
               {"calls", Table::Align::kRight},
               {"limit", Table::Align::kRight},
               {"at"},
               {"listing"},
               {"action"},
               {"order"},
               {.title = "why", .shrinks = true}});
  std::set<std::string> subjects;
  for (const JudgedAlert& alert : alerts) {
    const Detection& detection = alert.detection;
    const std::string subject = SubjectText(detection);
    subjects.insert(subject);
    table.AddRow({subject, WithThousands(detection.count), WithThousands(detection.threshold),
                  FormatTime(detection.at, zone).substr(0, 19),
                  std::string(ListingLabelName(alert.decision.listing)),
                  std::string(ActionKindName(alert.decision.would)),
                  alert.decision.would_order ? "yes" : "no", ReasonWords(alert.decision.reason)});
  }
  if (!table.empty()) table.Print(out, width);
  out << (table.empty() ? "" : "\n") << WithThousands(alerts.size())
      << (alerts.size() == 1 ? " alert of " : " alerts of ") << WithThousands(subjects.size())
      << (subjects.size() == 1 ? " subject\n" : " subjects\n");
}

}  // namespace ringfence
