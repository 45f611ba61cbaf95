#include "blocker/evidence.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "blocker/time_words.h"

namespace ringfence {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, 3> kSubjectKinds = {"number", "line", "customer"};
constexpr std::array<const char*, 2> kLevels = {"warning", "alert"};

// Reads the fields of one object and remembers the first that is missing or wrong.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}

  const char* damaged() const { return damaged_; }

  std::string Text(const char* key) {
    const auto item = object_.find(key);
    if (item == object_.end() || !item->is_string()) return Damaged(key, std::string());
    return item->get<std::string>();
  }

  uint64_t Count(const char* key, uint64_t max) {
    const auto item = object_.find(key);
    if (item == object_.end() || !item->is_number_unsigned()) return Damaged(key, uint64_t{0});
    const auto value = item->get<uint64_t>();
    return value <= max ? value : Damaged(key, uint64_t{0});
  }

  uint32_t Count32(const char* key) {
    return static_cast<uint32_t>(Count(key, std::numeric_limits<uint32_t>::max()));
  }

  EventTime Time(const char* key) {
    const auto time = ParseUtcText(Text(key));
    return time ? *time : Damaged(key, EventTime());
  }

  Duration Span(const char* key) {
    const auto span = ParseSpanText(Text(key));
    return span ? *span : Damaged(key, Duration());
  }

  CallingNumber Number(const char* key) {
    const std::string text = Text(key);
    if (text.empty()) return CallingNumber();
    const auto number = PhoneNumber::FromString(text);
    return number.ok() ? CallingNumber(*number) : Damaged(key, CallingNumber());
  }

  template <typename Enum, size_t kSize>
  Enum OneOf(const char* key, const std::array<const char*, kSize>& names) {
    const std::string text = Text(key);
    for (size_t i = 0; i < names.size(); ++i) {
      if (text == names[i]) return static_cast<Enum>(i);
    }
    return Damaged(key, Enum{});
  }

  template <typename T>
  T Damaged(const char* key, T instead) {
    if (damaged_ == nullptr) damaged_ = key;
    return instead;
  }

 private:
  const Json& object_;
  const char* damaged_ = nullptr;
};

void ReadSamples(const Json& object, Reader& reader, Detection& detection) {
  const auto samples = object.find("samples");
  if (samples == object.end() || !samples->is_array()) {
    reader.Damaged("samples", 0);
    return;
  }
  for (const Json& sample : *samples) {
    if (sample.is_string()) {
      detection.samples.emplace_back(sample.get<std::string>());
    } else {
      reader.Damaged("samples", 0);
    }
  }
}

void ReadDetection(const Json& object, Reader& reader, Detection& detection) {
  detection.rule = RuleId(reader.Text("rule"));
  detection.rule_version = reader.Count32("rule_version");
  detection.subject.kind = reader.OneOf<SubjectKind>("subject_kind", kSubjectKinds);
  detection.number = reader.Number("number");
  if (detection.subject.kind == SubjectKind::kNumber) {
    detection.subject.number = reader.Number("subject");
  } else {
    detection.subject.name = reader.Text("subject");
  }
  detection.level = reader.OneOf<Level>("level", kLevels);
  detection.count = reader.Count32("count");
  detection.threshold = reader.Count32("threshold");
  detection.window = reader.Span("window");
  detection.at = reader.Time("at");
  detection.first_call = reader.Time("first_call");
  detection.day_count = reader.Count32("day_count");
  ReadSamples(object, reader, detection);
}

std::optional<ListVersion> ReadList(const Json& object, Reader& reader) {
  const auto list = object.find("list");
  if (list == object.end()) return std::nullopt;
  Reader fields(*list);
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  ListVersion version{fields.Count("version", kMax), fields.Count("count", kMax),
                      fields.Text("digest")};
  if (fields.damaged() != nullptr) reader.Damaged("list", 0);
  return version;
}

}  // namespace

std::string EvidenceToJson(const Evidence& evidence) {
  const Detection& detection = evidence.detection;
  Json object = {
      {"rule", detection.rule.value()},
      {"rule_version", detection.rule_version},
      {"level", kLevels[static_cast<size_t>(detection.level)]},
      {"subject_kind", kSubjectKinds[static_cast<size_t>(detection.subject.kind)]},
      {"subject", SubjectText(detection.subject)},
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
  Reader reader(object);
  Evidence evidence;
  ReadDetection(object, reader, evidence.detection);
  evidence.list = ReadList(object, reader);
  const auto label = ListingLabelFromName(reader.Text("listing"));
  evidence.listing = label ? *label : reader.Damaged("listing", ListingLabel::kUnknown);
  if (reader.damaged() == nullptr) return evidence;
  return absl::DataLossError(absl::StrCat("evidence: ", reader.damaged(), " is missing or wrong"));
}

}  // namespace ringfence
