#include "blocker/event_json.h"

#include <nlohmann/json.hpp>

#include "blocker/time_words.h"

namespace ringfence {
namespace {

using Json = nlohmann::ordered_json;

std::string Line(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string ActionEventFields(const ActionRecord& record, std::optional<ActionState> from) {
  Json object = {
      {"action", record.id.value()},
      {"number", record.number.number().empty() ? "" : record.number.ToString()},
      {"kind", std::string(ActionKindName(record.kind))},
      {"state", std::string(ActionStateName(record.state))},
      {"reason", record.reason},
      {"mode", std::string(RuleModeName(record.mode))},
  };
  if (from) object["from"] = std::string(ActionStateName(*from));
  if (record.would != record.kind) object["would"] = std::string(ActionKindName(record.would));
  if (!record.detail.empty()) object["detail"] = record.detail;
  if (!record.line.empty()) object["line"] = record.line.value();
  if (!record.customer.empty()) object["customer"] = record.customer.value();
  if (record.expires) object["expires"] = UtcText(*record.expires);
  if (!record.person.empty()) object["person"] = record.person;
  object["evidence"] = Json::parse(EvidenceToJson(record.evidence), nullptr, false);
  return Line(object);
}

std::string OrderEventFields(const WorkOrder& order, std::string_view change,
                             std::string_view person, std::string_view note) {
  Json object = {
      {"order", order.id.value()},
      {"change", std::string(change)},
      {"kind", std::string(OrderKindName(order.kind))},
      {"subject", SubjectText(order.subject)},
      {"state", std::string(OrderStateName(order.state))},
      {"priority", order.priority},
      {"owner", order.owner},
      {"due", UtcText(order.due)},
  };
  if (!order.line.empty()) object["line"] = order.line.value();
  if (!order.customer.empty()) object["customer"] = order.customer.value();
  if (!order.industry.empty()) object["industry"] = order.industry;
  if (order.outcome != OrderOutcome::kNone) {
    object["outcome"] = std::string(OrderOutcomeName(order.outcome));
  }
  if (!person.empty()) object["person"] = std::string(person);
  if (!note.empty()) object["note"] = std::string(note);
  Json causes = Json::array();
  for (const ActionId& cause : order.causes) causes.push_back(cause.value());
  object["actions"] = std::move(causes);
  return Line(object);
}

std::string AlarmEventFields(std::string_view name, std::string_view text) {
  return Line(Json{{"alarm", std::string(name)}, {"text", std::string(text)}});
}

}  // namespace ringfence
