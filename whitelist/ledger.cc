#include "whitelist/ledger.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "whitelist/whitelist_entry.h"

namespace ringfence {
namespace {

constexpr size_t kMaxText = 1000;

absl::Status Refuse(std::string_view field, std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(ToAbsl(field), ": ", ToAbsl(why)));
}

// Bytes of the UTF-8 sequence that begins the text, or 0 when it is none (overlong forms and
// surrogates included).
size_t SequenceLength(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;
    return lead == 0xED && byte(1) > 0x9F ? 0 : 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (lead == 0xF0 && byte(1) < 0x90) return 0;
    return lead == 0xF4 && byte(1) > 0x8F ? 0 : 4;
  }
  return 0;
}

// Minutes since midnight of "HH:MM", 24:00 included; nothing when the text is none.
std::optional<uint16_t> ParseMinute(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon > 2 || text.size() != colon + 3) {
    return std::nullopt;
  }
  int parts[2] = {0, 0};
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == colon) continue;
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    int& part = parts[i > colon ? 1 : 0];
    part = part * 10 + (text[i] - '0');
  }
  const int minutes = parts[0] * 60 + parts[1];
  if (parts[1] > 59 || minutes > CallingHours::kDayMinutes) return std::nullopt;
  return static_cast<uint16_t>(minutes);
}

template <typename T>
bool StrictlySorted(const std::vector<T>& items) {
  return std::adjacent_find(items.begin(), items.end(),
                            [](const T& a, const T& b) { return !(a < b); }) == items.end();
}

}  // namespace

std::string FormatCallingHours(const CallingHours& hours) {
  return absl::StrFormat("%02d:%02d-%02d:%02d", hours.begin / 60, hours.begin % 60, hours.end / 60,
                         hours.end % 60);
}

absl::StatusOr<CallingHours> ParseCallingHours(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash != std::string_view::npos) {
    const auto begin = ParseMinute(text.substr(0, dash));
    const auto end = ParseMinute(text.substr(dash + 1));
    if (begin.has_value() && end.has_value() && *begin<CallingHours::kDayMinutes&& * end> 0 &&
        *begin != *end) {
      return CallingHours{*begin, *end};
    }
  }
  return absl::InvalidArgumentError("hours are written like 08:00-20:30");
}

absl::Status CheckText(std::string_view field, std::string_view text) {
  if (text.size() > kMaxText) return Refuse(field, "is longer than 1000 bytes");
  if (text.starts_with(' ') || text.ends_with(' ')) return Refuse(field, "has a blank at its end");
  for (std::string_view rest = text; !rest.empty();) {
    const auto lead = static_cast<unsigned char>(rest.front());
    if (lead < 0x20 || lead == 0x7F) return Refuse(field, "holds a control character");
    const size_t length = SequenceLength(rest);
    if (length == 0) return Refuse(field, "is no valid UTF-8");
    rest.remove_prefix(length);
  }
  return absl::OkStatus();
}

absl::Status CheckLine(const VoiceLine& line) {
  const std::array<std::pair<std::string_view, std::string_view>, 7> texts = {{
      {"line_id", line.id.value()},
      {"customer_id", line.customer.value()},
      {"customer_name", line.customer_name},
      {"purpose", line.purpose},
      {"industry", line.industry},
      {"qualification", line.qualification.reference},
      {"contract", line.contract.reference},
  }};
  for (const auto& [field, text] : texts) RF_RETURN_IF_ERROR(CheckText(field, text));
  if (line.id.empty()) return Refuse("line_id", "is empty");
  if (line.customer.empty()) return Refuse("customer_id", "is empty");
  if (line.hours.begin >= CallingHours::kDayMinutes || line.hours.end == 0 ||
      line.hours.end > CallingHours::kDayMinutes || line.hours.begin == line.hours.end) {
    return Refuse("hours", "are out of range");
  }
  if (line.numbers.empty() && line.status != LineStatus::kClosed) {
    return Refuse("number", "the line has none");
  }
  if (!StrictlySorted(line.numbers)) return Refuse("number", "unsorted, or one appears twice");
  if (!line.numbers.empty() && line.numbers.front().number().empty()) {
    return Refuse("number", "is empty");
  }
  if (!StrictlySorted(line.trunks)) return Refuse("trunks", "unsorted, or one appears twice");
  for (const TrunkGroupId& trunk : line.trunks) {
    RF_RETURN_IF_ERROR(CheckText("trunks", trunk.value()));
    if (trunk.empty() || trunk.value().find(';') != std::string::npos) {
      return Refuse("trunks", "a name is empty or holds ';'");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckEntry(const WhitelistEntry& entry) {
  const std::array<std::pair<std::string_view, std::string_view>, 5> texts = {{
      {"scope", entry.scope},
      {"reason", entry.reason},
      {"evidence", entry.evidence},
      {"requester", entry.requester},
      {"approver", entry.approver},
  }};
  for (const auto& [field, text] : texts) RF_RETURN_IF_ERROR(CheckText(field, text));
  if (entry.number.number().empty()) return Refuse("number", "is empty");
  if (entry.expires.has_value() && *entry.expires <= entry.added) {
    return Refuse("expires", "does not lie after 'added'");
  }
  return absl::OkStatus();
}

}  // namespace ringfence
