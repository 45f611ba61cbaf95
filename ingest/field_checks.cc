#include "ingest/field_checks.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/cdr_decoder.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/time_text.h"

namespace ringfence {
namespace {

using std::chrono::seconds;

// Switches write some times of a record in whole seconds and others more finely: then one that is
// less than a second too early is in order.
bool IsBefore(EventTime later, EventTime earlier) {
  if (later >= earlier) return false;
  const bool coarse = later == std::chrono::floor<seconds>(later) ||
                      earlier == std::chrono::floor<seconds>(earlier);
  return !coarse || earlier - later >= seconds(1);
}

}  // namespace

bool RefuseField(Refusal& refusal, RejectReason reason, std::string_view field,
                 std::string_view text, std::string_view why) {
  constexpr size_t kShownBytes = 64;
  std::string shown(text.substr(0, kShownBytes));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';  // the cut may split a character
  }
  refusal = {reason, absl::StrCat(ToAbsl(field), " '", shown,
                                  text.size() > kShownBytes ? "…' " : "' ", ToAbsl(why))};
  return false;
}

bool CheckPlausible(std::string_view field, std::string_view text, EventTime time,
                    const DecodeOptions& options, Refusal& refusal) {
  if (time >= options.not_before && time <= options.not_after) return true;
  const bool early = time < options.not_before;
  const EventTime bound = early ? options.not_before : options.not_after;
  return RefuseField(
      refusal, RejectReason::kImplausibleTime, field, text,
      absl::StrCat(early ? "is before " : "is after ", FormatTime(bound, options.zone)));
}

bool CheckTimeOrder(Cdr& cdr, const DecodeOptions& options, Refusal& refusal) {
  EventTime last = cdr.setup;
  for (auto* time : {&cdr.answer, &cdr.release}) {
    if (!*time) continue;
    if (IsBefore(**time, last)) {
      refusal = {RejectReason::kTimeOrder,
                 absl::StrCat(time == &cdr.answer ? "answer_time " : "release_time ",
                              FormatTime(**time, options.zone), " is before ",
                              FormatTime(last, options.zone))};
      return false;
    }
    *time = std::max(**time, last);
    last = **time;
  }
  return true;
}

ByteClasses Classify(std::string_view bytes) {
  unsigned control = 0;
  unsigned all = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    control |= static_cast<unsigned>(byte < 0x20) & static_cast<unsigned>(byte != '\t') &
               static_cast<unsigned>(byte != '\n') & static_cast<unsigned>(byte != '\r');
    all |= byte;
  }
  return {control != 0, all < 0x80};
}

std::string CleanText(std::string_view text) {
  absl::StatusOr<std::string> utf8 = ToUtf8(text);
  if (utf8.ok()) return *std::move(utf8);
  std::string replaced(text);
  std::replace_if(
      replaced.begin(), replaced.end(),
      [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return replaced;
}

}  // namespace ringfence
