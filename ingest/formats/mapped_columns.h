// What the layouts with named or numbered columns share.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/formats/record_format.h"
#include "ingest/text/fields.h"

namespace ringfence {

// The canonical field names, in the order of the canonical header.
inline constexpr std::array<std::string_view, 8> kFieldNames = {
    "record_id",   "calling",      "called", "setup_time",
    "answer_time", "release_time", "cause",  "trunk"};

// Where in RawCdr the field of that index goes.
std::string_view& RawField(RawCdr& raw, size_t field);

// Index in kFieldNames; kFieldNames.size() for another name.
size_t FieldIndex(std::string_view name);

// Reads the fields of kFieldNames from fixed columns.
class MappedColumns : public RecordFormat {
 public:
  static constexpr size_t kNone = static_cast<size_t>(-1);
  struct Mapping {
    std::array<size_t, kFieldNames.size()> column;  // of each field, from 0; kNone: it has none
    size_t expected = 0;                            // columns of the header; 0: there is none
    Mapping() { column.fill(kNone); }
  };

  MappedColumns(const Layout& layout, Mapping mapping);

  Result Read(const RawRecord& record, RawCdr& raw, Refusal& refusal) override;
  std::optional<PlainColumns> Plain() const override;

 private:
  Mapping mapping_;
  size_t needed_ = 0;  // columns up to the last of calling, called and setup_time
  std::string header_;
  FieldSplitter splitter_;
  std::vector<std::string_view> fields_;
};

// "calling, called" of the required fields that the mapping lacks; empty when it is complete.
std::string MissingFields(const MappedColumns::Mapping& mapping);

// The fields of a header record, trimmed and in lower case.
std::vector<std::string> HeaderNames(const Layout& layout);

}  // namespace ringfence
