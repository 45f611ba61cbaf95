// JSON lines: one object a line with the canonical field names; other names are ignored.
//
// Compiled with SIMDJSON_EXCEPTIONS=0: taking a value without its error would throw on bytes from
// outside, so that it must not compile.
#include <simdjson.h>

#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ingest/formats/field_text.h"
#include "ingest/formats/mapped_columns.h"

namespace ringfence {
namespace {

namespace ondemand = simdjson::ondemand;

class JsonLines : public RecordFormat {
 public:
  Result Read(const RawRecord& record, RawCdr& raw, Refusal& refusal) override {
    const size_t size = record.bytes.size();
    if (padded_.size() < size + simdjson::SIMDJSON_PADDING) {
      padded_.resize(size * 2 + simdjson::SIMDJSON_PADDING);
    }
    std::memcpy(padded_.data(), record.bytes.data(), size);
    const simdjson::error_code error = ReadObject(size, raw);
    if (error == simdjson::SUCCESS) return Result::kRecord;
    refusal = {RejectReason::kJson, absl::StrCat("is not the JSON object that is needed: ",
                                                 simdjson::error_message(error))};
    return Result::kRefused;
  }

 private:
  simdjson::error_code ReadObject(size_t size, RawCdr& raw) {
    ondemand::document document;
    if (auto error = parser_.iterate(padded_.data(), size, padded_.size()).get(document)) {
      return error;
    }
    ondemand::object object;
    if (auto error = document.get_object().get(object)) return error;
    for (auto result : object) {
      ondemand::field field;
      if (auto error = std::move(result).get(field)) return error;
      std::string_view key;
      if (auto error = field.unescaped_key().get(key)) return error;
      const size_t index = FieldIndex(key);
      if (index == kFieldNames.size()) continue;
      if (auto error = ReadValue(field.value(), RawField(raw, index))) return error;
    }
    const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    return at_end ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
  }

  // A string, a number as it is written, or null.
  static simdjson::error_code ReadValue(ondemand::value value, std::string_view& out) {
    ondemand::json_type type;
    if (auto error = value.type().get(type)) return error;
    if (type == ondemand::json_type::string) return value.get_string().get(out);
    if (type == ondemand::json_type::number) {
      const std::string_view token = value.raw_json_token();
      double number = 0;
      if (auto error = value.get_double().get(number)) return error;
      out = TrimField(token);
      return simdjson::SUCCESS;
    }
    if (type == ondemand::json_type::null) {
      out = {};
      bool null = false;
      if (auto error = value.is_null().get(null)) return error;
      return null ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
    }
    return simdjson::INCORRECT_TYPE;
  }

  ondemand::parser parser_;
  std::vector<char> padded_;
};

}  // namespace

std::unique_ptr<RecordFormat> MakeJsonLines() { return std::make_unique<JsonLines>(); }

}  // namespace ringfence
