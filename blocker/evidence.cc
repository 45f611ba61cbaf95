#include "blocker/evidence.h"

#include <array>
#include <limits>

#include "absl/strings/str_cat.h"
#include "blocker/time_words.h"
#include "ingest/json/json_text.h"
#include "ingest/json/json_tree.h"

namespace ringfence {
namespace {

constexpr std::array<std::string_view, 2> kLevels = {"warning", "alert"};

std::string TextOf(CallingNumber number) {
  return number.number().empty() ? std::string() : number.ToString();
}

// Reads the fields of one object and remembers the first that is missing or wrong.
class Reader {
 public:
  explicit Reader(const JsonTree& object) : object_(object) {}

  const char* damaged() const { return damaged_; }

  std::string Text(const char* key) {
    const std::string* text = object_.TextOf(key);
    return text != nullptr ? *text : Damaged(key, std::string());
  }

  uint64_t Count(const char* key, uint64_t max) {
    const auto value = object_.UnsignedOf(key);
    return value.has_value() && *value <= max ? *value : Damaged(key, uint64_t{0});
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
  Enum OneOf(const char* key, const std::array<std::string_view, kSize>& names) {
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
  const JsonTree& object_;
  const char* damaged_ = nullptr;
};

void ReadSamples(const JsonTree& object, Reader& reader, Detection& detection) {
  const JsonTree* samples = object.Find("samples");
  if (samples == nullptr || !samples->IsList()) {
    reader.Damaged("samples", 0);
    return;
  }
  for (const JsonTree& sample : samples->items()) {
    if (sample.IsText()) {
      detection.samples.emplace_back(*sample.Text());
    } else {
      reader.Damaged("samples", 0);
    }
  }
}

FloodFacts ReadFlood(const JsonTree& object, Reader& reader) {
  FloodFacts flood;
  const JsonTree* facts = object.Find("flood");
  const JsonTree* callers = facts == nullptr ? nullptr : facts->Find("top_callers");
  if (callers == nullptr || !callers->IsList()) return reader.Damaged("flood", flood);
  Reader fields(*facts);
  flood.measure = fields.OneOf<FloodFacts::Measure>("measure", kFloodMeasureNames);
  flood.calls = fields.Count32("calls");
  flood.callers = fields.Count32("callers");
  for (const JsonTree& item : callers->items()) {
    Reader caller(item);
    flood.top.push_back({caller.Number("number"), caller.Count32("calls")});
    if (caller.damaged() != nullptr) fields.Damaged("top_callers", 0);
  }
  if (fields.damaged() != nullptr) reader.Damaged("flood", 0);
  return flood;
}

void ReadDetection(const JsonTree& object, Reader& reader, Detection& detection) {
  detection.rule = RuleId(reader.Text("rule"));
  detection.rule_version = reader.Count32("rule_version");
  detection.subject.kind = reader.OneOf<SubjectKind>("subject_kind", kSubjectKindNames);
  detection.number = reader.Number("number");
  switch (detection.subject.kind) {
    case SubjectKind::kNumber:
      detection.subject.number = reader.Number("subject");
      break;
    case SubjectKind::kCalled:
      detection.subject.called = CalledNumber(reader.Number("subject").number());
      detection.flood = ReadFlood(object, reader);
      break;
    case SubjectKind::kLine:
    case SubjectKind::kCustomer:
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

std::optional<ListVersion> ReadList(const JsonTree& object, Reader& reader) {
  const JsonTree* list = object.Find("list");
  if (list == nullptr) return std::nullopt;
  Reader fields(*list);
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  ListVersion version{fields.Count("version", kMax), fields.Count("count", kMax),
                      fields.Text("digest")};
  if (fields.damaged() != nullptr) reader.Damaged("list", 0);
  return version;
}

}  // namespace

JsonObject FloodToJson(const FloodFacts& flood) {
  std::vector<JsonObject> callers;
  for (const FloodFacts::Caller& caller : flood.top) {
    callers.push_back({{"number", TextOf(caller.number)}, {"calls", caller.calls}});
  }
  JsonObject json = {{"measure", FloodMeasureName(flood.measure)},
                     {"calls", flood.calls},
                     {"callers", flood.callers}};
  json.Add("top_callers", callers);
  return json;
}

std::string EvidenceToJson(const Evidence& evidence) {
  const Detection& detection = evidence.detection;
  JsonObject object = {
      {"rule", detection.rule.value()},
      {"rule_version", detection.rule_version},
      {"level", kLevels[static_cast<size_t>(detection.level)]},
      {"subject_kind", SubjectKindName(detection.subject.kind)},
      {"subject", SubjectText(detection.subject)},
      {"number", TextOf(detection.number)},
      {"count", detection.count},
      {"threshold", detection.threshold},
      {"window", SpanText(detection.window)},
      {"at", UtcText(detection.at)},
      {"first_call", UtcText(detection.first_call)},
      {"day_count", detection.day_count},
  };
  std::vector<std::string> samples;
  for (const RecordId& sample : detection.samples) {
    if (samples.size() == Detection::kMaxSamples) break;
    samples.emplace_back(sample.value());
  }
  object.Add("samples", samples);
  if (detection.flood) object.Add("flood", FloodToJson(*detection.flood));
  object.Add("listing", ListingLabelName(evidence.listing));
  if (evidence.list) {
    object.Add("list", JsonObject{{"version", evidence.list->version},
                                  {"count", evidence.list->count},
                                  {"digest", evidence.list->digest}});
  }
  return object.json();
}

absl::StatusOr<Evidence> EvidenceFromJson(std::string_view text) {
  const auto object = JsonTree::Parse(text);
  if (!object.has_value() || !object->IsObject()) {
    return absl::DataLossError("evidence: not a JSON object");
  }
  Reader reader(*object);
  Evidence evidence;
  ReadDetection(*object, reader, evidence.detection);
  evidence.list = ReadList(*object, reader);
  const auto label = ListingLabelFromName(reader.Text("listing"));
  evidence.listing = label ? *label : reader.Damaged("listing", ListingLabel::kUnknown);
  if (reader.damaged() == nullptr) return evidence;
  return absl::DataLossError(absl::StrCat("evidence: ", reader.damaged(), " is missing or wrong"));
}

}  // namespace ringfence
