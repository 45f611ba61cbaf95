#include "ingest/chunk_decoder.h"

#include <utility>

#include "ingest/model/status_macros.h"

namespace ringfence {

void KeptRejects::OnReject(const Reject& reject) {
  kept_.push_back({reject, std::string(reject.bytes)});
}

void KeptRejects::Tell(std::string_view source, uint64_t lines, RejectSink& sink) {
  for (Kept& kept : kept_) {
    kept.reject.source = source;
    kept.reject.line += lines;
    kept.reject.bytes = kept.bytes;
    sink.OnReject(kept.reject);
  }
  kept_.clear();
}

absl::Status ChunkDecoder::Decode(const std::shared_ptr<const FileReading>& file,
                                  const TextChunk& chunk, DecodedChunk& decoded) {
  if (file != file_) {
    RF_ASSIGN_OR_RETURN(decoder_, CdrDecoder::Create(file->layout, options_));
    file_ = file;
  }
  decoded.records = 0;
  if (chunk.long_record > 0) {
    DecodeLongRecord(chunk, decoded);
  } else {
    DecodeRecords(chunk, decoded);
  }
  return absl::OkStatus();
}

void ChunkDecoder::DecodeRecords(const TextChunk& chunk, DecodedChunk& decoded) {
  RecordSplitter records(chunk.text(), file_->rules, chunk.offset, chunk.error);
  CdrBatchWriter writer(decoded.batch);
  RawRecord record;
  bool header_expected = chunk.first && !file_->layout.header.empty();
  for (;;) {
    if (!header_expected) {
      const QuickRun quick = decoder_->DecodeQuickly(records.Rest(), writer);
      records.Skip(quick.bytes, quick.records);
      decoded.records += quick.records;
    }
    const absl::StatusOr<bool> more = records.Next(record);
    if (!more.ok() || !*more) break;  // an error is the chunk's
    if (std::exchange(header_expected, false) && file_->layout.IsHeader(record.bytes)) continue;
    const CdrDecoder::Result result =
        decoder_->Decode(record, file_->name, writer, decoded.rejects);
    if (result != CdrDecoder::Result::kSkipped) ++decoded.records;
  }
  writer.Finish();
  decoded.lines = records.line() - 1;
  decoded.end = records.offset();
}

void ChunkDecoder::DecodeLongRecord(const TextChunk& chunk, DecodedChunk& decoded) {
  RawRecord record{.bytes = chunk.text(),
                   .offset = chunk.offset,
                   .line = 1,
                   .length = chunk.long_record,
                   .unterminated = false,
                   .fault = RejectReason::kTooLong};
  CdrBatchWriter writer(decoded.batch);
  decoder_->Decode(record, file_->name, writer, decoded.rejects);
  writer.Finish();
  decoded.records = 1;
  decoded.lines = 1;
  decoded.end = chunk.offset + chunk.long_record + 1;
}

}  // namespace ringfence
