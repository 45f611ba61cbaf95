#include "tools/service/batch_decoder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/layout.h"
#include "ingest/model/status_macros.h"
#include "ingest/record_file.h"

namespace ringfence {
namespace {

constexpr size_t kMostReadings = 64;

absl::StatusOr<Layout> LayoutFor(const FormatSpec& format) {
  return LayoutOf(format.format, format.header, format.columns, format.delimiter);
}

absl::StatusOr<DecodeOptions> OptionsFor(const DecodeOptions& defaults, const FormatSpec& format) {
  DecodeOptions options = defaults;
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

absl::StatusOr<CdrDecoder> DecoderFor(const DecodeOptions& defaults, const FormatSpec& format) {
  RF_ASSIGN_OR_RETURN(const Layout layout, LayoutFor(format));
  RF_ASSIGN_OR_RETURN(DecodeOptions options, OptionsFor(defaults, format));
  return CdrDecoder::Create(layout, std::move(options));
}

// Puts the places in the sender's file in place of those in the batch, and numbers records as the
// sender does.
class PlacedRejects : public RejectSink {
 public:
  PlacedRejects(const RawBatch& batch, uint64_t index, RejectSink& next)
      : batch_(batch), index_(index), next_(next) {}

  void OnReject(const Reject& reject) override {
    Reject placed = reject;
    placed.offset += batch_.offset;
    placed.line = batch_.first_seq + index_;
    next_.OnReject(placed);
  }

 private:
  const RawBatch& batch_;
  uint64_t index_;  // of the current record in the batch, from 1
  RejectSink& next_;
};

}  // namespace

absl::Status CheckFormat(const DecodeOptions& defaults, const FormatSpec& format) {
  return DecoderFor(defaults, format).status();
}

absl::StatusOr<BatchDecoder::Reading*> BatchDecoder::Find(const FormatSpec& format) {
  const auto found = std::find_if(readings_.begin(), readings_.end(),
                                  [&](const auto& reading) { return reading->format == format; });
  if (found != readings_.end()) {
    std::rotate(readings_.begin(), found, found + 1);
    return readings_.front().get();
  }
  RF_ASSIGN_OR_RETURN(const Layout layout, LayoutFor(format));
  RF_ASSIGN_OR_RETURN(CdrDecoder decoder, DecoderFor(defaults_, format));
  if (readings_.size() >= kMostReadings) readings_.pop_back();
  readings_.insert(readings_.begin(),
                   std::make_unique<Reading>(Reading{
                       format, layout.Rules(RecordFile::kMaxRecordBytes), std::move(decoder)}));
  return readings_.front().get();
}

absl::Status BatchDecoder::Begin(const RawBatch& raw, EventTime not_after) {
  RF_ASSIGN_OR_RETURN(reading_, Find(raw.stream->format));
  reading_->decoder.SetNotAfter(not_after);
  raw_ = &raw;
  splitter_.emplace(std::string_view(raw.records), reading_->rules);
  source_ = absl::StrCat(raw.stream->key.source, "/", raw.stream->key.stream);
  index_ = 0;
  return absl::OkStatus();
}

absl::StatusOr<bool> BatchDecoder::NextRecord(RawRecord& record) {
  ++index_;
  return splitter_->Next(record);
}

bool BatchDecoder::TakeQuickly(CdrBatchWriter& writer) {
  const QuickRun quick = reading_->decoder.DecodeQuickly(splitter_->Rest(), writer);
  splitter_->Skip(quick.bytes, quick.records);
  index_ += quick.records;
  account_.read += quick.records;
  return quick.records > 0;
}

void BatchDecoder::TakeRecord(const RawRecord& record, CdrBatchWriter& writer) {
  PlacedRejects rejects(*raw_, index_, rejects_);
  const CdrDecoder::Result result = reading_->decoder.Decode(record, source_, writer, rejects);
  if (result != CdrDecoder::Result::kSkipped) ++account_.read;
}

void BatchDecoder::RefuseRecord(const RawRecord& record, RejectReason reason) {
  PlacedRejects rejects(*raw_, index_, rejects_);
  ++account_.read;
  rejects.OnReject({reason, source_, record.offset, record.line, record.bytes, record.length,
                    std::string(RejectReasonText(reason)), reading_->rules.fixed_bytes > 0});
}

absl::Status BatchDecoder::Decode(const RawBatch& raw, EventTime not_after, CdrBatch& batch) {
  RF_RETURN_IF_ERROR(Begin(raw, not_after));
  CdrBatchWriter writer(batch);
  RawRecord record;
  for (;;) {
    if (TakeQuickly(writer)) continue;
    RF_ASSIGN_OR_RETURN(const bool more, NextRecord(record));
    if (!more) break;
    TakeRecord(record, writer);
  }
  writer.Finish();
  batch.end = {.source = source_, .offset = raw.end.next_offset, .record = raw.end.next_seq};
  return absl::OkStatus();
}

}  // namespace ringfence
