// The quick way from a row to a CDR.
#pragma once

#include <optional>

#include "ingest/formats/record_format.h"
#include "ingest/model/cdr.h"
#include "ingest/model/time_text.h"
#include "ingest/text/plain_rows.h"

namespace ringfence {

class CdrBatchWriter;
struct DecodeOptions;
struct QuickRun;

// Decodes rows of layouts with plain columns as long as every field has its usual form. Whatever is
// out of the ordinary, valid or not, is left to the other way; what both decode they decode alike.
class PlainDecoder {
 public:
  // Without columns every row is left to the other way.
  explicit PlainDecoder(std::optional<PlainColumns> columns)
      : columns_(std::move(columns)),
        rows_(columns_ ? columns_->delimiter : ',', columns_ ? columns_->quote : '"') {}

  // As CdrDecoder::DecodeQuickly().
  QuickRun Decode(std::string_view text, const DecodeOptions& options, TimeReader& times,
                  CdrBatchWriter& batch, size_t most);

 private:
  bool IsRecord() const;
  bool Fill(const DecodeOptions& options, TimeReader& times, Cdr& cdr) const;
  bool FillTimes(const DecodeOptions& options, TimeReader& times, Cdr& cdr) const;
  std::string_view Field(size_t field) const { return rows_.field(columns_->column[field]); }

  std::optional<PlainColumns> columns_;
  PlainRows rows_;
};

}  // namespace ringfence
