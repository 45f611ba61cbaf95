#include "blocker/features_json.h"

#include <cstdint>
#include <limits>

#include "blocker/time_words.h"

namespace ringfence {
namespace {

// part / whole with three decimals, rounded; the whole is not 0.
JsonValue Quotient(uint64_t part, uint64_t whole) {
  const uint64_t thousandths = (part * 1000 + whole / 2) / whole;
  const std::string decimals = std::to_string(1000 + thousandths % 1000).substr(1);
  return JsonValue::Parse(std::to_string(thousandths / 1000) + "." + decimals);
}

bool ReadCount(const JsonTree& tree, const char* key, uint32_t& count) {
  const auto value = tree.UnsignedOf(key);
  if (!value || *value > std::numeric_limits<uint32_t>::max()) return false;
  count = static_cast<uint32_t>(*value);
  return true;
}

bool ReadTime(const JsonTree& tree, const char* key, EventTime& time) {
  const std::string* const text = tree.TextOf(key);
  const auto read = text == nullptr ? std::nullopt : ParseUtcText(*text);
  if (read) time = *read;
  return read.has_value();
}

bool ReadHours(const JsonTree& tree, CallFeatures& features) {
  const JsonTree* const hours = tree.Find("calls_by_hour");
  if (hours == nullptr || !hours->IsList()) return false;
  for (const JsonTree& hour : hours->items()) {
    const auto calls = hour.Unsigned();
    if (!calls || *calls > std::numeric_limits<uint32_t>::max()) return false;
    features.calls_by_hour.push_back(static_cast<uint32_t>(*calls));
  }
  return true;
}

bool ReadDay(const JsonTree& tree, CallFeatures& features) {
  const JsonTree* const day = tree.Find("day");
  if (day == nullptr) return true;
  features.day = CallFeatures::Day();
  CallFeatures::Day& of_day = *features.day;
  return ReadCount(*day, "answered", of_day.answered) && ReadCount(*day, "short", of_day.brief) &&
         ReadCount(*day, "talk_seconds", of_day.talk_seconds);
}

}  // namespace

JsonObject FeaturesToJson(const CallFeatures& features,
                          const std::function<std::string(EventTime)>& text_of) {
  JsonObject json;
  if (features.calls > 0) {
    json.Add("since", text_of(features.since));
    json.Add("calls", features.calls);
    json.Add("answered", features.answered);
    json.Add("answer_ratio", Quotient(features.answered, features.calls));
    json.Add("short", features.brief);
    json.Add("talk_seconds", features.talk_seconds);
    if (features.answered > 0) {
      json.Add("short_share", Quotient(features.brief, features.answered));
      json.Add("average_seconds", Quotient(features.talk_seconds, features.answered));
    }
    json.Add("distinct_called", features.distinct_called);
    json.Add("sequential", features.sequential);
    json.Add("sequential_share", Quotient(features.sequential, features.calls));
    json.Add("first_hour", text_of(features.first_hour));
    json.Add("calls_by_hour", features.calls_by_hour);
  }
  if (features.day) {
    json.Add("day", JsonObject{{"answered", features.day->answered},
                               {"short", features.day->brief},
                               {"talk_seconds", features.day->talk_seconds}});
  }
  return json;
}

std::optional<CallFeatures> FeaturesFromJson(const JsonTree& tree) {
  CallFeatures features;
  if (!tree.IsObject() || !ReadDay(tree, features)) return std::nullopt;
  if (tree.Find("calls") == nullptr) return features;
  const auto talk = tree.UnsignedOf("talk_seconds");
  const bool whole =
      talk && ReadTime(tree, "since", features.since) && ReadCount(tree, "calls", features.calls) &&
      ReadCount(tree, "answered", features.answered) && ReadCount(tree, "short", features.brief) &&
      ReadCount(tree, "distinct_called", features.distinct_called) &&
      ReadCount(tree, "sequential", features.sequential) &&
      ReadTime(tree, "first_hour", features.first_hour) && ReadHours(tree, features);
  if (!whole) return std::nullopt;
  features.talk_seconds = *talk;
  return features;
}

}  // namespace ringfence
