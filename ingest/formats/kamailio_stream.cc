// Dump of the Redis stream that Kamailio writes: entry id, then field/value pairs between tabs, in
// any order; `rec` holds ten values between commas.
#include <algorithm>

#include "ingest/formats/field_text.h"
#include "ingest/formats/record_format.h"
#include "ingest/text/fields.h"

namespace ringfence {
namespace {

enum Value : size_t {
  kSetup,
  kAnswer,
  kEnd,
  kCaller,
  kCallee,
  kAssertedIdentity,
  kSipCode,
  kVerdict,
  kSourceIp,
  kTrunk,
  kValues,
};

class KamailioStream : public RecordFormat {
 public:
  Result Read(const RawRecord& record, RawCdr& raw, Refusal& refusal) override {
    pairs_splitter_.Split(record.bytes, pairs_);
    if (pairs_.size() % 2 == 0) {
      return RefuseColumns(pairs_.size(), "an entry id and field/value pairs are expected",
                           refusal);
    }
    std::string_view values;
    for (size_t i = 1; i < pairs_.size(); i += 2) {
      if (pairs_[i] == "id") raw.record_id = pairs_[i + 1];
      if (pairs_[i] == "rec") values = pairs_[i + 1];
    }
    values_splitter_.Split(values, values_);
    if (values_.size() != kValues) {
      return RefuseColumns(values_.size(), "field rec needs 10 values", refusal);
    }
    raw.calling =
        values_[kAssertedIdentity].empty() ? values_[kCaller] : values_[kAssertedIdentity];
    raw.called = values_[kCallee];
    raw.setup = values_[kSetup];
    raw.answer = values_[kAnswer];
    raw.release = values_[kEnd];
    raw.cause = values_[kSipCode];
    raw.trunk = values_[kTrunk];
    return Result::kRecord;
  }

 private:
  FieldSplitter pairs_splitter_{'\t', RecordRules::kNoQuotes};
  FieldSplitter values_splitter_{',', RecordRules::kNoQuotes};
  std::vector<std::string_view> pairs_;
  std::vector<std::string_view> values_;
};

}  // namespace

bool IsKamailioStream(const std::vector<std::string_view>& fields) {
  if (fields.size() < 3 || fields.size() % 2 == 0) return false;
  const size_t dash = fields[0].find('-');
  if (dash == std::string_view::npos || !IsDigitsField(fields[0].substr(0, dash)) ||
      !IsDigitsField(fields[0].substr(dash + 1))) {
    return false;
  }
  for (size_t i = 1; i < fields.size(); i += 2) {
    if (fields[i] == "rec") {
      return std::count(fields[i + 1].begin(), fields[i + 1].end(), ',') + 1 == kValues;
    }
  }
  return false;
}

std::unique_ptr<RecordFormat> MakeKamailioStream() { return std::make_unique<KamailioStream>(); }

}  // namespace ringfence
