#include "blocker/evidence.h"

#include <array>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "blocker/time_words.h"

namespace ringfence {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, 3> kSubjectKinds = {"number", "line", "customer"};
constexpr std::array<const char*, 2> kLevels = {"warning", "alert"};

// The file is our own, so what does not fit is damage. Thrown inside this file only.
struct Damage {
  const char* key;
};

std::string TextAt(const Json& object, const char* key) {
  const auto item = object.find(key);
  if (item == object.end() || !item->is_string()) throw Damage{key};
  return item->get<std::string>();
}

uint32_t CountAt(const Json& object, const char* key) {
  const auto item = object.find(key);
  if (item == object.end() || !item->is_number_unsigned()) throw Damage{key};
  return item->get<uint32_t>();
}

EventTime TimeAt(const Json& object, const char* key) {
  const auto time = ParseUtcText(TextAt(object, key));
  if (!time) throw Damage{key};
  return *time;
}

CallingNumber NumberAt(const Json& object, const char* key) {
  const std::string text = TextAt(object, key);
  if (text.empty()) return CallingNumber();
  const auto number = PhoneNumber::FromString(text);
  if (!number.ok()) throw Damage{key};
  return CallingNumber(*number);
}

template <typename Enum, size_t kSize>
Enum EnumAt(const Json& object, const char* key, const std::array<const char*, kSize>& names) {
  const std::string text = TextAt(object, key);
  for (size_t i = 0; i < names.size(); ++i) {
    if (text == names[i]) return static_cast<Enum>(i);
  }
  throw Damage{key};
}

Detection DetectionFrom(const Json& object) {
  Detection detection;
  detection.rule = RuleId(TextAt(object, "rule"));
  detection.rule_version = CountAt(object, "rule_version");
  detection.subject.kind = EnumAt<SubjectKind>(object, "subject_kind", kSubjectKinds);
  detection.number = NumberAt(object, "number");
  if (detection.subject.kind == SubjectKind::kNumber) {
    detection.subject.number = NumberAt(object, "subject");
  } else {
    detection.subject.name = TextAt(object, "subject");
  }
  detection.level = EnumAt<Level>(object, "level", kLevels);
  detection.count = CountAt(object, "count");
  detection.threshold = CountAt(object, "threshold");
  const auto window = ParseSpanText(TextAt(object, "window"));
  if (!window) throw Damage{"window"};
  detection.window = *window;
  detection.at = TimeAt(object, "at");
  detection.first_call = TimeAt(object, "first_call");
  detection.day_count = CountAt(object, "day_count");
  for (const Json& sample : object.at("samples")) {
    detection.samples.emplace_back(sample.get<std::string>());
  }
  return detection;
}

std::optional<ListVersion> ListFrom(const Json& object) {
  const auto list = object.find("list");
  if (list == object.end()) return std::nullopt;
  return ListVersion{list->at("version").get<uint64_t>(), list->at("count").get<uint64_t>(),
                     list->at("digest").get<std::string>()};
}

}  // namespace

std::string EvidenceToJson(const Evidence& evidence) {
  const Detection& detection = evidence.detection;
  const bool is_number = detection.subject.kind == SubjectKind::kNumber;
  Json object = {
      {"rule", detection.rule.value()},
      {"rule_version", detection.rule_version},
      {"level", kLevels[static_cast<size_t>(detection.level)]},
      {"subject_kind", kSubjectKinds[static_cast<size_t>(detection.subject.kind)]},
      {"subject", is_number ? detection.subject.number.ToString() : detection.subject.name},
      {"number", detection.number.number().empty() ? "" : detection.number.ToString()},
      {"count", detection.count},
      {"threshold", detection.threshold},
      {"window", SpanText(detection.window)},
      {"at", UtcText(detection.at)},
      {"first_call", UtcText(detection.first_call)},
      {"day_count", detection.day_count},
  };
  Json samples = Json::array();
  for (const RecordId& sample : detection.samples) {
    if (samples.size() == Detection::kMaxSamples) break;
    samples.push_back(sample.value());
  }
  object["samples"] = std::move(samples);
  object["listing"] = std::string(ListingLabelName(evidence.listing));
  if (evidence.list) {
    object["list"] = {{"version", evidence.list->version},
                      {"count", evidence.list->count},
                      {"digest", evidence.list->digest}};
  }
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<Evidence> EvidenceFromJson(std::string_view text) {
  const Json object = Json::parse(text, nullptr, false);
  if (!object.is_object()) return absl::DataLossError("evidence: not a JSON object");
  try {
    Evidence evidence;
    evidence.detection = DetectionFrom(object);
    evidence.list = ListFrom(object);
    const auto label = ListingLabelFromName(TextAt(object, "listing"));
    if (!label) throw Damage{"listing"};
    evidence.listing = *label;
    return evidence;
  } catch (const Damage& damage) {
    return absl::DataLossError(absl::StrCat("evidence: ", damage.key, " is missing or wrong"));
  } catch (const Json::exception& error) {
    return absl::DataLossError(absl::StrCat("evidence: ", error.what()));
  }
}

}  // namespace ringfence
