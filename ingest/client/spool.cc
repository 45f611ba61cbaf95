#include "ingest/client/spool.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/client/ack_mark.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/crc32c.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/record_cut.h"
#include "ingest/transport/wire.h"

namespace ringfence {
namespace {

// A spool that has room for less could be full with acknowledged records alone.
constexpr uint64_t kLeastSegments = 4;
// Beside its records an entry has its head, the stream's names and its format.
constexpr uint64_t kEntryBytes = 512;

uint64_t EntryBytes(const StreamInfo& stream, size_t records) {
  const FormatSpec& format = stream.format;
  return kEntryBytes + records + format.header.size() + format.columns.size() +
         stream.key.source.size() + stream.key.stream.size();
}

absl::Status Other(const StreamInfo& stream, std::string_view what, std::string_view is,
                   std::string_view asked) {
  return absl::FailedPreconditionError(absl::StrCat(
      "the spool is one of source '", stream.key.source, "', stream '", stream.key.stream,
      "', whose ", absl::string_view(what.data(), what.size()), " is '",
      absl::string_view(is.data(), is.size()), "', not '",
      absl::string_view(asked.data(), asked.size()), "': use another folder for another stream"));
}

}  // namespace

absl::StatusOr<size_t> BytesOfRecords(const RawBatch& batch, uint64_t count) {
  const auto bytes =
      BytesOfFirst(batch.records, batch.count, count, RecordBytesOf(batch.stream->format));
  if (bytes) return *bytes;
  return absl::FailedPreconditionError(
      absl::StrCat("records ", batch.first_seq, " to ", batch.end.next_seq - 1,
                   " have line ends inside and can't be sent in parts"));
}

absl::Status DropRecords(RawBatch& batch, uint64_t count) {
  RF_ASSIGN_OR_RETURN(const size_t bytes, BytesOfRecords(batch, count));
  batch.records.erase(0, bytes);
  batch.first_seq += count;
  batch.count -= static_cast<uint32_t>(count);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Spool>> Spool::Open(Disk& disk, const SpoolOptions& options) {
  if (options.max_bytes < kLeastSegments * options.segment_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a spool needs room for ", kLeastSegments, " segments, ",
                     kLeastSegments * options.segment_bytes, " bytes"));
  }
  std::unique_ptr<Spool> spool(new Spool(disk, options));
  JournalEnd end;
  RF_RETURN_IF_ERROR(spool->ReadAll(end));
  RF_ASSIGN_OR_RETURN(
      spool->journal_,
      Journal::Open(disk, {.segment_bytes = options.segment_bytes, .salt = options.salt}, end));
  RF_RETURN_IF_ERROR(spool->Measure());
  return spool;
}

absl::Status Spool::ReadAll(JournalEnd& end) {
  RF_ASSIGN_OR_RETURN(const auto reader, JournalReader::OpenAll(disk_));
  JournalEntry entry;
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool more, reader->Next(entry));
    if (!more) break;
    if (stream_ == nullptr) {
      stream_ = entry.batch.stream;
      first_seq_ = entry.batch.first_seq;
      trimmed_lsn_ = handed_lsn_ = entry.lsn - 1;
    } else if (stream_->key != entry.batch.stream->key || entry.batch.first_seq != end_.next_seq) {
      return absl::FailedPreconditionError(
          "the folder holds a journal of several streams, not the spool of one");
    }
    end_ = entry.batch.end;
  }
  end = reader->end();
  durable_seq_ = end_.next_seq;
  acked_lsn_ = handed_lsn_;
  acked_seq_ = resumed_seq_ = first_seq_;
  const std::optional<AckMark> mark = ReadAckMark(disk_);
  if (stream_ != nullptr && mark && mark->epoch == stream_->key.epoch) {
    remembered_seq_ = marked_seq_ = std::min(mark->next_seq, durable_seq_);
  }
  return absl::OkStatus();
}

absl::Status Spool::Begin(StreamInfo stream) {
  if (stream_ == nullptr) {
    stream_ = std::make_shared<const StreamInfo>(std::move(stream));
    return absl::OkStatus();
  }
  const StreamKey& key = stream_->key;
  if (key.source != stream.key.source) {
    return Other(*stream_, "source", key.source, stream.key.source);
  }
  if (key.stream != stream.key.stream) {
    return Other(*stream_, "stream", key.stream, stream.key.stream);
  }
  const FormatSpec& has = stream_->format;
  const FormatSpec& asked = stream.format;
  if (has.format != asked.format) return Other(*stream_, "format", has.format, asked.format);
  if (has.header != asked.header) return Other(*stream_, "header", has.header, asked.header);
  if (has != asked) {
    return absl::FailedPreconditionError(
        "the spool's records are read with other columns, numbers or time zone: use another folder "
        "for another stream");
  }
  return absl::OkStatus();
}

absl::Status Spool::Append(std::string_view records, uint32_t count) {
  RF_RETURN_IF_ERROR(broken_);
  if (stream_ == nullptr) return absl::InvalidArgumentError("the spool has no stream");
  const size_t record_bytes = RecordBytesOf(stream_->format);
  if (!CanBeRecords(records, count, record_bytes)) {
    return absl::InvalidArgumentError(ToAbsl(RecordsMustBe(record_bytes)));
  }
  const uint64_t bytes = EntryBytes(*stream_, records.size());
  if (records.size() > wire::kMaxPayloadBytes || bytes > options_.max_bytes / kLeastSegments) {
    return absl::InvalidArgumentError(
        absl::StrCat("a batch of ", records.size(), " bytes is too large for the spool"));
  }
  // What waits for Commit() may need a segment of its own.
  const uint64_t begun =
      std::max<uint64_t>(options_.segment_bytes, journal_->pending_bytes() + bytes);
  if (disk_bytes_ + begun > options_.max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the spool is full: ", disk_bytes_, " of ", options_.max_bytes, " bytes; ",
                     durable_seq_ - acked_seq(), " records wait for the receiver"));
  }
  Entry entry;
  entry.batch.stream = stream_;
  entry.batch.first_seq = end_.next_seq;
  entry.batch.count = count;
  entry.batch.records = records;
  entry.batch.end = {end_.next_seq + count, 0, ExtendCrc32c(end_.content_crc, records)};
  end_ = entry.batch.end;
  // The time of receipt is the receiver's; nobody asks a spool for it.
  entry.lsn = journal_->Append(entry.batch, EventTime());
  uncommitted_.push_back(std::move(entry));
  return absl::OkStatus();
}

absl::Status Spool::Commit() {
  RF_RETURN_IF_ERROR(broken_);
  const absl::Status committed = journal_->Commit();
  if (absl::IsResourceExhausted(committed)) return committed;
  if (!committed.ok()) return broken_ = committed;
  durable_seq_ = end_.next_seq;
  for (Entry& entry : uncommitted_) {
    recent_bytes_ += entry.batch.records.size();
    recent_.push_back(std::move(entry));
  }
  uncommitted_.clear();
  while (recent_bytes_ > options_.recent_bytes) {
    recent_bytes_ -= recent_.front().batch.records.size();
    recent_.pop_front();
  }
  return journal_->segments() == measured_segments_ ? absl::OkStatus() : Measure();
}

absl::Status Spool::CheckPosition(const StreamPosition& receiver) const {
  const uint64_t next = receiver.next_seq;
  if (next > durable_seq_) {
    return absl::FailedPreconditionError(
        absl::StrCat("the receiver has ", next, " records of this stream, but the spool only ever ",
                     "had ", durable_seq_, ": another sender uses the same source, stream and ",
                     "epoch, or the spool is an old copy"));
  }
  if (next < first_seq_) {
    return absl::DataLossError(absl::StrCat("the receiver goes on with record ", next,
                                            ", but the spool begins with record ", first_seq_,
                                            ": records ", next, " to ", first_seq_ - 1,
                                            " were acknowledged by it and are lost there"));
  }
  if (next < acked_seq_) {
    return absl::DataLossError(
        absl::StrCat("the receiver acknowledged ", acked_seq_, " records and now has only ", next));
  }
  return absl::OkStatus();
}

absl::Status Spool::Resume(const StreamPosition& receiver) {
  RF_RETURN_IF_ERROR(CheckPosition(receiver));
  const uint64_t next = receiver.next_seq;
  RF_ASSIGN_OR_RETURN(const auto reader, JournalReader::OpenAll(disk_));
  uint64_t before = trimmed_lsn_;
  std::optional<uint32_t> crc;  // of all records before `next`, if what is here tells
  if (first_seq_ == 0) crc = 0;
  JournalEntry entry;
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool more, reader->Next(entry));
    if (!more || entry.batch.first_seq >= next) break;
    if (entry.batch.end.next_seq > next) {
      RF_ASSIGN_OR_RETURN(const size_t bytes,
                          BytesOfRecords(entry.batch, next - entry.batch.first_seq));
      if (crc) crc = ExtendCrc32c(*crc, std::string_view(entry.batch.records).substr(0, bytes));
      break;
    }
    before = entry.lsn;
    crc = entry.batch.end.content_crc;
  }
  if (crc && *crc != receiver.content_crc) {
    return absl::FailedPreconditionError(
        absl::StrCat("the first ", next, " records at the receiver are not those of the spool: ",
                     "another sender uses the same source, stream and epoch"));
  }
  reader_ = nullptr;
  unacknowledged_.clear();
  handed_lsn_ = acked_lsn_ = before;
  resumed_seq_ = acked_seq_ = next;
  remembered_seq_ = 0;
  return Trim();
}

absl::StatusOr<bool> Spool::Next(RawBatch& batch) {
  if (handed_lsn_ == journal_->durable_lsn()) return false;
  while (!recent_.empty() && recent_.front().lsn <= handed_lsn_) {
    recent_bytes_ -= recent_.front().batch.records.size();
    recent_.pop_front();
  }
  if (!recent_.empty() && recent_.front().lsn == handed_lsn_ + 1) {
    reader_ = nullptr;
    recent_bytes_ -= recent_.front().batch.records.size();
    batch = std::move(recent_.front().batch);
    recent_.pop_front();
  } else {
    RF_RETURN_IF_ERROR(ReadNext(batch));
  }
  unacknowledged_.push_back({++handed_lsn_, batch.end.next_seq});
  if (batch.first_seq < resumed_seq_) {
    RF_RETURN_IF_ERROR(DropRecords(batch, resumed_seq_ - batch.first_seq));
  }
  return true;
}

absl::Status Spool::ReadNext(RawBatch& batch) {
  JournalEntry entry;
  // A reader ends where the journal ended when it came to its last segment: then another goes on.
  for (int i = 0; i < 2; ++i) {
    if (reader_ == nullptr) {
      RF_ASSIGN_OR_RETURN(reader_, JournalReader::Open(disk_, handed_lsn_));
    }
    RF_ASSIGN_OR_RETURN(const bool more, reader_->Next(entry));
    if (more) {
      batch = std::move(entry.batch);
      return absl::OkStatus();
    }
    reader_ = nullptr;
  }
  return absl::DataLossError(
      absl::StrCat("entry ", handed_lsn_ + 1, " of the spool was durable and is gone"));
}

absl::Status Spool::Acknowledge(uint64_t next_seq) {
  if (next_seq <= acked_seq_) return absl::OkStatus();
  acked_seq_ = next_seq;
  while (!unacknowledged_.empty() && unacknowledged_.front().end_seq <= next_seq) {
    acked_lsn_ = unacknowledged_.front().lsn;
    unacknowledged_.pop_front();
  }
  return Trim();
}

absl::Status Spool::RememberAcknowledged() {
  if (acked_seq() == marked_seq_ || stream_ == nullptr) return absl::OkStatus();
  RF_RETURN_IF_ERROR(WriteAckMark(disk_, {stream_->key.epoch, acked_seq()}));
  marked_seq_ = acked_seq();
  return absl::OkStatus();
}

// The last acknowledged entry stays: it knows the numbering, and whether the receiver has the same
// records.
absl::Status Spool::Trim() {
  const uint64_t before = journal_->segments();
  uint64_t segments = before;
  while (trimmed_lsn_ + 1 < acked_lsn_) {
    RF_RETURN_IF_ERROR(journal_->TrimTo(++trimmed_lsn_));
    if (journal_->segments() == segments) continue;
    // One after the other: a power cut must not bring back some of them with a gap between.
    segments = journal_->segments();
    RF_RETURN_IF_ERROR(disk_.SyncFolder());
  }
  return segments == before ? absl::OkStatus() : Measure();
}

absl::Status Spool::Measure() {
  RF_ASSIGN_OR_RETURN(const auto names, disk_.List());
  uint64_t bytes = 0;
  for (const std::string& name : names) {
    RF_ASSIGN_OR_RETURN(const auto file, disk_.Open(name));
    RF_ASSIGN_OR_RETURN(const uint64_t size, file->Size());
    bytes += size;
  }
  disk_bytes_ = bytes;
  measured_segments_ = journal_->segments();
  return absl::OkStatus();
}

}  // namespace ringfence
