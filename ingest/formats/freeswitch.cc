// FreeSWITCH mod_cdr_csv, the shipped template `example`: 13 to 20 columns without a header.
#include <algorithm>

#include "ingest/formats/field_text.h"
#include "ingest/formats/record_format.h"
#include "ingest/text/fields.h"

namespace ringfence {
namespace {

enum Column : size_t {
  kCallerName,
  kCallerNumber,
  kDestination,
  kContext,
  kStart,
  kAnswer,
  kEnd,
  kDuration,
  kBillable,
  kHangupCause,
  kUuid,
};
constexpr size_t kMinColumns = 13;
constexpr size_t kMaxColumns = 20;

bool IsCauseName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
  });
}

class Freeswitch : public RecordFormat {
 public:
  explicit Freeswitch(char delimiter) : splitter_(delimiter) {}

  Result Read(const RawRecord& record, RawCdr& raw, Refusal& refusal) override {
    if (!splitter_.Split(record.bytes, fields_)) return RefuseQuoting(refusal);
    const size_t count = fields_.size();
    if (count < kMinColumns || count > kMaxColumns) {
      return RefuseColumns(count, "13 to 20 are expected", refusal);
    }
    // Several rows with one uuid are one attempt: the later ones are duplicates.
    raw.record_id = fields_[kUuid];
    raw.calling = fields_[kCallerNumber];
    raw.called = fields_[kDestination];
    raw.setup = fields_[kStart];
    raw.answer = fields_[kAnswer];
    raw.release = fields_[kEnd];
    raw.cause = Q850OfName(fields_[kHangupCause]);
    return Result::kRecord;
  }

 private:
  FieldSplitter splitter_;
  std::vector<std::string_view> fields_;
};

}  // namespace

bool IsFreeswitch(const std::vector<std::string_view>& fields) {
  return fields.size() >= kMinColumns && fields.size() <= kMaxColumns &&
         LooksLikeTime(fields[kStart]) && LooksLikeTime(fields[kEnd]) &&
         (fields[kAnswer].empty() || LooksLikeTime(fields[kAnswer])) &&
         IsDigitsField(fields[kDuration]) && IsDigitsField(fields[kBillable]) &&
         IsCauseName(fields[kHangupCause]);
}

std::unique_ptr<RecordFormat> MakeFreeswitch(const Layout& layout) {
  return std::make_unique<Freeswitch>(layout.delimiter);
}

}  // namespace ringfence
