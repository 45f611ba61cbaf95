// Kamailio acc + db_flatstore: twelve columns between '|', no header.
#include "ingest/formats/field_text.h"
#include "ingest/formats/record_format.h"
#include "ingest/text/fields.h"

namespace ringfence {
namespace {

enum Column : size_t {
  kStart,
  kEnd,
  kDuration,
  kCallId,
  kCaller,
  kCallee,
  kAssertedIdentity,
  kSourceIp,
  kAnswer,
  kSipCode,
  kVerdict,
  kTrunk,
  kColumns,
};

class KamailioFlatstore : public RecordFormat {
 public:
  explicit KamailioFlatstore(char delimiter) : splitter_(delimiter, RecordRules::kNoQuotes) {}

  Result Read(const RawRecord& record, RawCdr& raw, Refusal& refusal) override {
    splitter_.Split(record.bytes, fields_);
    if (fields_.size() != kColumns)
      return RefuseColumns(fields_.size(), "12 are expected", refusal);
    raw.record_id = fields_[kCallId];
    // What the network asserts outranks what the caller wrote into From.
    raw.calling =
        fields_[kAssertedIdentity].empty() ? fields_[kCaller] : fields_[kAssertedIdentity];
    raw.called = fields_[kCallee];
    raw.setup = fields_[kStart];
    raw.answer = fields_[kAnswer];
    raw.release = fields_[kEnd];
    raw.cause = fields_[kSipCode];
    raw.trunk = fields_[kTrunk];
    return Result::kRecord;
  }

  std::optional<PlainColumns> Plain() const override {
    PlainColumns plain;
    plain.delimiter = splitter_.delimiter();
    plain.column = {kCallId, kCaller, kCallee, kStart, kAnswer, kEnd, kSipCode, kTrunk};
    plain.better_calling = kAssertedIdentity;
    plain.least = plain.most = kColumns;
    return plain;
  }

 private:
  FieldSplitter splitter_;
  std::vector<std::string_view> fields_;
};

}  // namespace

bool IsKamailioFlatstore(const std::vector<std::string_view>& fields) {
  return fields.size() == kColumns && LooksLikeTime(fields[kStart]) &&
         IsDigitsField(fields[kStart]) && IsDigitsField(fields[kEnd]) &&
         (fields[kSipCode].size() == 3 && IsDigitsField(fields[kSipCode]));
}

std::unique_ptr<RecordFormat> MakeKamailioFlatstore(const Layout& layout) {
  return std::make_unique<KamailioFlatstore>(layout.delimiter);
}

}  // namespace ringfence
