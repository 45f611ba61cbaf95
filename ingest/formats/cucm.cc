// Cisco Unified Communications Manager: a header of names, a second line of SQL types, over 100
// columns.
#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/formats/field_text.h"
#include "ingest/formats/mapped_columns.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/text/fields.h"

namespace ringfence {
namespace {

enum Field : size_t {
  kManagerId,
  kCallId,
  kOrigination,
  kConnect,
  kDisconnect,
  kCalling,
  kOriginalCalled,
  kFinalCalled,
  kOrigCause,
  kDestCause,
  kDevice,
  kFields,
};

struct Name {
  std::string_view name;  // in lower case
  bool needed;
};
constexpr std::array<Name, kFields> kNames = {{
    {"globalcallid_callmanagerid", true},
    {"globalcallid_callid", true},
    {"datetimeorigination", true},
    {"datetimeconnect", false},
    {"datetimedisconnect", false},
    {"callingpartynumber", true},
    {"originalcalledpartynumber", true},
    {"finalcalledpartynumber", false},
    {"origcause_value", false},
    {"destcause_value", false},
    {"origdevicename", false},
}};

class Cucm : public RecordFormat {
 public:
  Cucm(const Layout& layout, std::array<size_t, kFields> columns, size_t expected)
      : columns_(columns),
        expected_(expected),
        header_(layout.header),
        splitter_(layout.delimiter) {
    for (size_t field = 0; field < kFields; ++field) {
      if (kNames[field].needed) needed_ = std::max(needed_, columns_[field] + 1);
    }
  }

  Result Read(const RawRecord& record, RawCdr& raw, Refusal& refusal) override {
    if (record.bytes == header_) return Result::kSkip;
    if (!splitter_.Split(record.bytes, fields_)) return RefuseQuoting(refusal);
    if (IsTypesRow()) return Result::kSkip;
    if (fields_.size() < needed_ || fields_.size() > expected_) {
      return RefuseColumns(fields_.size(), absl::StrCat("the header has ", expected_), refusal);
    }
    const std::string_view manager = At(kManagerId);
    const std::string_view call = At(kCallId);
    if (!manager.empty() && !call.empty()) {
      record_id_.assign(manager).append("-").append(call);
      raw.record_id = record_id_;
      // Transfers and conferences write several rows with one id.
      raw.id_is_per_caller = true;
    }
    raw.calling = At(kCalling);
    raw.called = At(kOriginalCalled).empty() ? At(kFinalCalled) : At(kOriginalCalled);
    raw.setup = NonZero(At(kOrigination));
    raw.answer = NonZero(At(kConnect));
    raw.release = NonZero(At(kDisconnect));
    raw.cause = CauseOf(At(kDestCause));
    if (raw.cause.empty()) raw.cause = CauseOf(At(kOrigCause));
    raw.trunk = At(kDevice);
    return Result::kRecord;
  }

 private:
  std::string_view At(Field field) const { return FieldAt(fields_, columns_[field]); }
  static std::string_view NonZero(std::string_view text) { return text == "0" ? "" : text; }

  // Values above 127 are Cisco's own (a split call, a conference), not Q.850.
  static std::string_view CauseOf(std::string_view text) {
    unsigned code = 0;
    std::from_chars(text.data(), text.data() + text.size(), code);
    return code >= 1 && code <= 127 ? text : std::string_view();
  }

  bool IsTypesRow() const {
    const std::string_view first = FieldAt(fields_, columns_[kCalling]);
    return first.starts_with("VARCHAR") && FieldAt(fields_, columns_[kOrigination]) == "INTEGER";
  }

  std::array<size_t, kFields> columns_;
  size_t expected_;
  size_t needed_ = 0;
  std::string header_;
  FieldSplitter splitter_;
  std::vector<std::string_view> fields_;
  std::string record_id_;
};

}  // namespace

bool IsCucmHeader(const std::vector<std::string_view>& fields) {
  size_t found = 0;
  for (const std::string_view field : fields) {
    const std::string name = LowerField(field);
    if (name == kNames[kCallId].name || name == kNames[kOrigination].name) ++found;
  }
  return found >= 2;
}

absl::StatusOr<std::unique_ptr<RecordFormat>> MakeCucm(const Layout& layout) {
  std::array<size_t, kFields> columns;
  columns.fill(MappedColumns::kNone);
  const std::vector<std::string> names = HeaderNames(layout);
  for (size_t field = 0; field < kFields; ++field) {
    const auto found = std::find(names.begin(), names.end(), kNames[field].name);
    if (found != names.end()) {
      columns[field] = static_cast<size_t>(found - names.begin());
    } else if (kNames[field].needed) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the cucm format needs a header with the column ", ToAbsl(kNames[field].name)));
    }
  }
  return std::make_unique<Cucm>(layout, columns, names.size());
}

}  // namespace ringfence
