#include "ingest/formats/mapped_columns.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/formats/field_text.h"

namespace ringfence {
namespace {

constexpr size_t kCalling = 1;
constexpr size_t kCalled = 2;
constexpr size_t kSetupColumn = 3;

}  // namespace

std::string_view& RawField(RawCdr& raw, size_t field) {
  std::string_view* const places[] = {&raw.record_id, &raw.calling, &raw.called, &raw.setup,
                                      &raw.answer,    &raw.release, &raw.cause,  &raw.trunk};
  return *places[field];
}

size_t FieldIndex(std::string_view name) {
  return static_cast<size_t>(std::find(kFieldNames.begin(), kFieldNames.end(), name) -
                             kFieldNames.begin());
}

MappedColumns::MappedColumns(const Layout& layout, Mapping mapping)
    : mapping_(mapping), header_(layout.header), splitter_(layout.delimiter) {
  for (const size_t field : {kCalling, kCalled, kSetupColumn}) {
    needed_ = std::max(needed_, mapping_.column[field] + 1);
  }
}

RecordFormat::Result MappedColumns::Read(const RawRecord& record, RawCdr& raw, Refusal& refusal) {
  // Files are joined with cat: a header may come again.
  if (!header_.empty() && record.bytes == header_) return Result::kSkip;
  if (!splitter_.Split(record.bytes, fields_)) return RefuseQuoting(refusal);
  const size_t count = fields_.size();
  if (count < needed_) {
    return RefuseColumns(count, absl::StrCat("at least ", needed_, " are needed"), refusal);
  }
  if (mapping_.expected != 0 && count > mapping_.expected) {
    return RefuseColumns(count, absl::StrCat("the header has ", mapping_.expected), refusal);
  }
  if (record.unterminated && count < mapping_.expected) {
    refusal = {RejectReason::kTruncated, "the input ends inside the record"};
    return Result::kRefused;
  }
  for (size_t field = 0; field < kFieldNames.size(); ++field) {
    const size_t column = mapping_.column[field];
    if (column < count) RawField(raw, field) = fields_[column];
  }
  return Result::kRecord;
}

std::optional<PlainColumns> MappedColumns::Plain() const {
  PlainColumns plain;
  plain.delimiter = splitter_.delimiter();
  plain.quote = '"';
  for (size_t field = 0; field < kFieldNames.size(); ++field) {
    if (mapping_.column[field] != kNone) plain.column[field] = mapping_.column[field];
  }
  plain.least = needed_;
  if (mapping_.expected != 0) plain.most = mapping_.expected;
  plain.header = header_;
  return plain;
}

std::string MissingFields(const MappedColumns::Mapping& mapping) {
  std::string missing;
  for (const size_t field : {kCalling, kCalled, kSetupColumn}) {
    if (mapping.column[field] != MappedColumns::kNone) continue;
    missing += (missing.empty() ? "" : ", ") + std::string(kFieldNames[field]);
  }
  return missing;
}

std::vector<std::string> HeaderNames(const Layout& layout) {
  FieldSplitter splitter(layout.delimiter);
  std::vector<std::string_view> fields;
  std::vector<std::string> names;
  if (!splitter.Split(layout.header, fields)) return names;
  for (const std::string_view field : fields) names.push_back(LowerField(field));
  return names;
}

}  // namespace ringfence
