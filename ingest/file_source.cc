#include "ingest/file_source.h"

#include <utility>

#include "ingest/model/crc32c.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
FileSource::FileSource(RecordFile file, CdrDecoder decoder, RejectSink& rejects)
    : file_(std::move(file)), decoder_(std::move(decoder)), rejects_(rejects) {}

absl::StatusOr<std::unique_ptr<FileSource>> FileSource::Open(const std::string& path,
                                                             const LayoutChoice& choice,
                                                             const DecodeOptions& options,
                                                             RejectSink& rejects) {
  RF_ASSIGN_OR_RETURN(RecordFile file, RecordFile::Open(path, choice));
  return Over(std::move(file), options, rejects);
}

absl::StatusOr<std::unique_ptr<FileSource>> FileSource::Over(RecordFile file,
                                                             const DecodeOptions& options,
                                                             RejectSink& rejects) {
  RF_ASSIGN_OR_RETURN(CdrDecoder decoder,
                      CdrDecoder::Create(DecodableLayout(file.layout()), options));
  return std::unique_ptr<FileSource>(new FileSource(std::move(file), std::move(decoder), rejects));
}

absl::StatusOr<bool> FileSource::Next(CdrBatch& batch) {
  CdrBatchWriter writer(batch);
  RawRecord record;
  uint64_t seen = 0;
  bool more = error_.ok();
  while (more && seen < kBatchRecords) {
    const std::string_view rest = file_.Rest();
    if (const QuickRun quick = decoder_.DecodeQuickly(rest, writer, 1); quick.records > 0) {
      ++seen;
      ++records_;
      Note(file_.WithoutLineEnd(rest.substr(0, quick.bytes)));
      file_.Skip(quick.bytes, quick.records);
      continue;
    }
    absl::StatusOr<bool> next = file_.Next(record);
    if (!next.ok()) error_ = next.status();
    more = next.ok() && *next;
    if (!more) break;
    ++seen;
    Note(record.bytes);
    const CdrDecoder::Result result = decoder_.Decode(record, file_.name(), writer, rejects_);
    if (result != CdrDecoder::Result::kSkipped) ++records_;
  }
  writer.Finish();
  batch.end.source.assign(file_.name());
  batch.end.offset = file_.offset();
  batch.end.record = records_;
  if (seen > 0) return true;
  if (!error_.ok()) return std::exchange(error_, absl::OkStatus());
  return false;
}

void FileSource::Note(std::string_view record) {
  ++split_;
  content_crc_ = ExtendCrc32c(ExtendCrc32c(content_crc_, record), "\n");
}

FilePosition FileSource::position() const {
  return {file_.name(), split_, file_.offset(), content_crc_};
}

absl::StatusOr<bool> FileSource::Skip(const FilePosition& position) {
  RawRecord record;
  while (split_ < position.records) {
    RF_ASSIGN_OR_RETURN(const bool more, file_.Next(record));
    if (!more) return false;
    Note(record.bytes);
  }
  return content_crc_ == position.content_crc && file_.offset() == position.offset;
}

FileSet::FileSet(std::vector<std::string> paths, LayoutChoice choice, DecodeOptions options,
                 RejectSink& rejects)
    : paths_(std::move(paths)),
      choice_(std::move(choice)),
      options_(std::move(options)),
      rejects_(rejects),
      total_bytes_(TotalBytes(paths_)) {}

absl::StatusOr<bool> FileSet::Next(CdrBatch& batch) {
  for (;;) {
    if (source_ != nullptr) {
      const absl::StatusOr<bool> more = source_->Next(batch);
      if (more.ok() && *more) return true;
      if (!more.ok()) errors_.push_back(more.status());
      CloseCurrent();
    }
    if (next_ == paths_.size()) {
      batch.cdrs.clear();
      return false;
    }
    auto opened = FileSource::Open(paths_[next_++], choice_, options_, rejects_);
    if (opened.ok()) {
      source_ = *std::move(opened);
    } else {
      errors_.push_back(opened.status());
    }
  }
}

void FileSet::CloseCurrent() {
  done_records_ += source_->records_read();
  done_bytes_ += source_->file().progress().bytes;
  source_.reset();
}

uint64_t FileSet::records_read() const {
  return done_records_ + (source_ == nullptr ? 0 : source_->records_read());
}

Progress FileSet::progress() const {
  const uint64_t current = source_ == nullptr ? 0 : source_->file().progress().bytes;
  return {done_bytes_ + current, total_bytes_};
}

}  // namespace ringfence
