// The quick way from a row to a CDR.
#pragma once

#include <optional>

#include "ingest/formats/record_format.h"
#include "ingest/model/cdr.h"
#include "ingest/model/time_text.h"
#include "ingest/text/plain_row.h"

namespace ringfence {

struct DecodeOptions;

// Decodes rows of layouts with plain columns as long as every field has its usual form. Whatever is
// out of the ordinary, valid or not, is left to the other way; what both decode they decode alike.
class PlainDecoder {
 public:
  explicit PlainDecoder(std::optional<PlainColumns> columns) : columns_(std::move(columns)) {}

  // The row at the front of `text` into `cdr`; null when it is left to the other way, then `cdr` is
  // undefined. The row lives until the next call.
  const PlainRow* Decode(std::string_view text, const DecodeOptions& options, TimeReader& times,
                         Cdr& cdr);

 private:
  bool Fill(const DecodeOptions& options, TimeReader& times, Cdr& cdr) const;
  bool FillTimes(const DecodeOptions& options, TimeReader& times, Cdr& cdr) const;
  std::string_view Field(size_t field) const { return row_.field(columns_->column[field]); }

  std::optional<PlainColumns> columns_;
  PlainRow row_;
};

}  // namespace ringfence
