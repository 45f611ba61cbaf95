#include "blocker/delivery/message.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "blocker/manual_action.h"
#include "blocker/time_words.h"
#include "ingest/json/json_text.h"
#include "ingest/json/json_tree.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr std::array<std::string_view, 3> kCommands = {"suspend", "block", "restore"};
constexpr std::array<std::string_view, 3> kOutcomes = {"done", "refused", "busy"};
constexpr size_t kMostTextBytes = 200;

absl::StatusOr<Request> Make(Command command, const ActionRecord& action, int64_t sequence) {
  if (action.number.number().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("action ", action.id.value(), " names no number"));
  }
  Request request;
  request.command = command;
  request.sequence = sequence;
  request.action = action;
  return request;
}

JsonObject EvidenceSummary(const ActionRecord& action) {
  const Detection& detection = action.evidence.detection;
  if (IsManual(action)) return {{"rule", kManualRule}, {"at", UtcText(detection.at)}};
  return {{"rule", detection.rule.value()},
          {"rule_version", detection.rule_version},
          {"count", detection.count},
          {"threshold", detection.threshold},
          {"window", SpanText(detection.window)},
          {"first_call", UtcText(detection.first_call)},
          {"at", UtcText(detection.at)}};
}

// Why it is stopped, or why it is freed. An action's own reason is that of its latest change.
std::string ReasonOf(const Request& request) {
  if (request.command == Command::kRestore) return request.action.reason;
  if (IsManual(request.action)) return "ordered-by-person";
  return request.action.evidence.detection.rule.value();
}

absl::Status Wrong(const char* key) {
  return absl::InvalidArgumentError(absl::StrCat("answer: ", key, " is missing or wrong"));
}

bool ReadText(const JsonTree& object, const char* key, std::string& text) {
  const std::string* const found = object.TextOf(key);
  if (found != nullptr) text = *found;
  return found != nullptr;
}

}  // namespace

std::string_view CommandName(Command command) { return kCommands[static_cast<size_t>(command)]; }

absl::StatusOr<Request> MakeDispatch(const ActionRecord& action, int64_t sequence) {
  if (action.kind == ActionKind::kSuspend) return Make(Command::kSuspend, action, sequence);
  if (action.kind == ActionKind::kBlock) return Make(Command::kBlock, action, sequence);
  return absl::InvalidArgumentError(
      absl::StrCat("action ", action.id.value(), " is neither a suspension nor a block"));
}

absl::StatusOr<Request> MakeRestore(const ActionRecord& action, int64_t sequence) {
  return Make(Command::kRestore, action, sequence);
}

std::string RequestToJson(const Request& request) {
  const ActionRecord& action = request.action;
  JsonObject object{{"version", kDeliveryVersion},
                    {"id", action.id.value()},
                    {"command", CommandName(request.command)},
                    {"sequence", request.sequence},
                    {"number", action.number.ToString()}};
  if (!action.line.empty()) object.Add("line", action.line.value());
  if (!action.customer.empty()) object.Add("customer", action.customer.value());
  if (request.command != Command::kRestore) {
    object.Add("expires", action.expires ? JsonValue(UtcText(*action.expires)) : JsonValue());
    if (request.valid_until) object.Add("valid_until", UtcText(*request.valid_until));
  }
  object.Add("reason", ReasonOf(request));
  if (!action.person.empty()) object.Add("person", action.person);
  object.Add("evidence", EvidenceSummary(action));
  object.Add("attempt", request.attempt);
  return object.json();
}

bool Answer::Fits(const Request& request) const {
  return id == request.action.id.value() && command == CommandName(request.command) &&
         sequence == request.sequence;
}

absl::StatusOr<Answer> AnswerFromJson(std::string_view json) {
  if (json.size() > kMaxAnswerBytes) return absl::InvalidArgumentError("answer: too long");
  const auto object = JsonTree::Parse(json);
  if (!object.has_value() || !object->IsObject()) {
    return absl::InvalidArgumentError("answer: not a JSON object");
  }
  if (object->IntegerOf("version") != kDeliveryVersion) return Wrong("version");
  Answer answer;
  if (!ReadText(*object, "id", answer.id)) return Wrong("id");
  if (!ReadText(*object, "command", answer.command)) return Wrong("command");
  const auto sequence = object->IntegerOf("sequence");
  if (!sequence.has_value()) return Wrong("sequence");
  answer.sequence = *sequence;
  std::string outcome;
  if (!ReadText(*object, "outcome", outcome)) return Wrong("outcome");
  const auto* const known = std::find(kOutcomes.begin(), kOutcomes.end(), outcome);
  if (known == kOutcomes.end()) return Wrong("outcome");
  answer.outcome = static_cast<Outcome>(known - kOutcomes.begin());
  if (std::string text; ReadText(*object, "text", text)) answer.text = ShownText(text);
  return answer;
}

absl::Status OutcomeStatus(Outcome outcome, std::string_view text) {
  switch (outcome) {
    case Outcome::kDone:
      return absl::OkStatus();
    case Outcome::kRefused:
      return absl::InvalidArgumentError(absl::StrCat("refused: ", ToAbsl(text)));
    case Outcome::kBusy:
      break;
  }
  return absl::UnavailableError(absl::StrCat("not now: ", ToAbsl(text)));
}

std::string ShownText(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, kMostTextBytes)) {
    const bool control = static_cast<unsigned char>(c) < ' ' || c == '\x7f';
    shown.push_back(control ? ' ' : c);
  }
  return shown;
}

}  // namespace ringfence
