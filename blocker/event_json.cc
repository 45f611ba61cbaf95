#include "blocker/event_json.h"

#include "blocker/time_words.h"
#include "ingest/json/json_text.h"

namespace ringfence {

std::string ActionEventFields(const ActionRecord& record, std::optional<ActionState> from) {
  JsonObject object = {
      {"action", record.id.value()},
      {"number", record.number.number().empty() ? "" : record.number.ToString()},
      {"kind", ActionKindName(record.kind)},
      {"state", ActionStateName(record.state)},
      {"reason", record.reason},
      {"mode", RuleModeName(record.mode)},
  };
  if (from) object.Add("from", ActionStateName(*from));
  if (record.would != record.kind) object.Add("would", ActionKindName(record.would));
  if (!record.detail.empty()) object.Add("detail", record.detail);
  if (!record.line.empty()) object.Add("line", record.line.value());
  if (!record.customer.empty()) object.Add("customer", record.customer.value());
  if (record.expires) object.Add("expires", UtcText(*record.expires));
  if (!record.person.empty()) object.Add("person", record.person);
  object.Add("evidence", JsonValue::Parse(EvidenceToJson(record.evidence)));
  return object.json();
}

std::string OrderEventFields(const WorkOrder& order, std::string_view change,
                             std::string_view person, std::string_view note) {
  JsonObject object = {
      {"order", order.id.value()},
      {"change", change},
      {"kind", OrderKindName(order.kind)},
      {"subject", SubjectText(order.subject)},
      {"state", OrderStateName(order.state)},
      {"priority", order.priority},
      {"owner", order.owner},
      {"due", UtcText(order.due)},
  };
  if (!order.line.empty()) object.Add("line", order.line.value());
  if (!order.customer.empty()) object.Add("customer", order.customer.value());
  if (!order.industry.empty()) object.Add("industry", order.industry);
  if (order.outcome != OrderOutcome::kNone) {
    object.Add("outcome", OrderOutcomeName(order.outcome));
  }
  if (!person.empty()) object.Add("person", person);
  if (!note.empty()) object.Add("note", note);
  std::vector<std::string> causes;
  for (const ActionId& cause : order.causes) causes.push_back(cause.value());
  object.Add("actions", causes);
  return object.json();
}

std::string AlarmEventFields(std::string_view name, std::string_view text) {
  return JsonObject{{"alarm", name}, {"text", text}}.json();
}

}  // namespace ringfence
