#include "blocker/time_words.h"

#include "absl/time/time.h"
#include "ingest/model/absl_bridge.h"

namespace ringfence {

std::string UtcText(EventTime time) {
  return absl::FormatTime(absl::RFC3339_full, absl::FromUnixMicros(ToUnixMicros(time)),
                          absl::UTCTimeZone());
}

std::optional<EventTime> ParseUtcText(std::string_view text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, ToAbsl(text), &time, &error)) return std::nullopt;
  return FromUnixMicros(absl::ToUnixMicros(time));
}

std::string SpanText(Duration span) {
  return absl::FormatDuration(absl::Microseconds(span.count()));
}

std::optional<Duration> ParseSpanText(std::string_view text) {
  absl::Duration span;
  if (!absl::ParseDuration(ToAbsl(text), &span)) return std::nullopt;
  return Duration(absl::ToInt64Microseconds(span));
}

}  // namespace ringfence
