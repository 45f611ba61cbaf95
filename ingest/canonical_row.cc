#include "ingest/canonical_row.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace ringfence {
namespace {

std::string Time(MaybeTime time) {
  if (!time.has_value()) return {};
  constexpr int64_t kMicros = 1'000'000;
  const int64_t micros = ToUnixMicros(*time);
  return absl::StrFormat("%d.%06d", micros / kMicros, micros % kMicros);
}

std::string Field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

}  // namespace

std::string CanonicalRow(const Cdr& cdr) {
  return absl::StrCat(Field(cdr.record_id.value()), ",", cdr.calling.ToString(), ",",
                      cdr.called.ToString(), ",", Time(cdr.setup), ",", Time(cdr.answer), ",",
                      Time(cdr.release), ",",
                      cdr.cause.scheme == Cause::Scheme::kNone ? "" : absl::StrCat(cdr.cause.code),
                      ",", Field(cdr.trunk.value()));
}

}  // namespace ringfence
