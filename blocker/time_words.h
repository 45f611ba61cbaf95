// Times as the journal's JSON and the feed write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ingest/model/event_time.h"

namespace ringfence {

// RFC 3339 in UTC, with as many decimals as needed: "2026-11-24T08:00:00.534882+00:00". Read back
// exactly.
std::string UtcText(EventTime time);
std::optional<EventTime> ParseUtcText(std::string_view text);

// "24h", "1h30m". Read back exactly.
std::string SpanText(Duration span);
std::optional<Duration> ParseSpanText(std::string_view text);

}  // namespace ringfence
