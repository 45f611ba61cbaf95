#include "tools/service/batch_decoder.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/layout.h"
#include "ingest/model/status_macros.h"
#include "ingest/record_file.h"
#include "ingest/text/record_splitter.h"

namespace ringfence {
namespace {

absl::StatusOr<Layout> LayoutFor(const FormatSpec& format) {
  return LayoutOf(format.format, format.header, format.columns, format.delimiter);
}

// Puts the places in the sender's file in place of those in the batch, and numbers records as the
// sender does.
class PlacedRejects : public RejectSink {
 public:
  PlacedRejects(const RawBatch& batch, RejectSink& next) : batch_(batch), next_(next) {}

  void NextRecord() { ++index_; }
  void OnReject(const Reject& reject) override {
    Reject placed = reject;
    placed.offset += batch_.offset;
    placed.line = batch_.first_seq + index_;
    next_.OnReject(placed);
  }

 private:
  const RawBatch& batch_;
  RejectSink& next_;
  uint64_t index_ = 0;  // of the current record in the batch, from 1
};

}  // namespace

absl::StatusOr<DecodeOptions> BatchDecoder::OptionsFor(const FormatSpec& format) const {
  DecodeOptions options = defaults_;
  NumberPlanOptions plan = options.numbers.options();
  if (!format.country.empty()) plan.country = format.country;
  if (!format.area.empty()) plan.area = format.area;
  if (!format.numbers.empty()) {
    plan.style = format.numbers == "e164" ? NumberStyle::kE164 : NumberStyle::kAuto;
  }
  RF_ASSIGN_OR_RETURN(options.numbers, NumberPlan::Create(std::move(plan)));
  if (!format.time_zone.empty()) {
    RF_ASSIGN_OR_RETURN(options.zone, LoadTimeZone(format.time_zone));
  }
  return options;
}

absl::Status BatchDecoder::CheckFormat(const FormatSpec& format) const {
  RF_ASSIGN_OR_RETURN(const Layout layout, LayoutFor(format));
  RF_ASSIGN_OR_RETURN(DecodeOptions options, OptionsFor(format));
  return CdrDecoder::Create(layout, std::move(options)).status();
}

absl::Status BatchDecoder::Decode(const RawBatch& raw, EventTime not_after, CdrBatch& batch) {
  const FormatSpec& format = raw.stream->format;
  RF_ASSIGN_OR_RETURN(const Layout layout, LayoutFor(format));
  RF_ASSIGN_OR_RETURN(DecodeOptions options, OptionsFor(format));
  options.not_after = not_after;
  RF_ASSIGN_OR_RETURN(CdrDecoder decoder, CdrDecoder::Create(layout, std::move(options)));
  // Not BytesOf(text): records that happen to begin like a compressed file are records.
  RF_ASSIGN_OR_RETURN(std::unique_ptr<ByteStream> nothing, BytesOf(""));
  RecordSplitter splitter(Unread(raw.records, std::move(nothing)),
                          layout.Rules(RecordFile::kMaxRecordBytes));
  const std::string source = absl::StrCat(raw.stream->key.source, "/", raw.stream->key.stream);
  CdrBatchWriter writer(batch);
  PlacedRejects rejects(raw, rejects_);
  RawRecord record;
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool more, splitter.Next(record));
    if (!more) break;
    rejects.NextRecord();
    const CdrDecoder::Result result = decoder.Decode(record, source, writer, rejects);
    if (result != CdrDecoder::Result::kSkipped) ++account_.read;
  }
  writer.Finish();
  batch.end = {.source = source, .offset = raw.end.next_offset, .record = raw.end.next_seq};
  return absl::OkStatus();
}

}  // namespace ringfence
