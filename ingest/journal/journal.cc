#include "ingest/journal/journal.h"

#include <algorithm>
#include <utility>

#include "ingest/journal/segment.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

// A segment that is being made. One that a crash left is made anew.
constexpr char kDraft[] = "next.draft";

}  // namespace

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(Disk& disk, JournalOptions options,
                                                       const JournalEnd& end) {
  std::unique_ptr<Journal> journal(new Journal(disk, options, end));
  RF_ASSIGN_OR_RETURN(journal->segments_, ListSegments(disk));
  if (end.segment != 0) {
    RF_ASSIGN_OR_RETURN(journal->file_, disk.Open(SegmentName(end.segment)));
    journal->at_ = end.bytes;
    // What was read may be in the page cache only: from now on it counts as durable.
    RF_RETURN_IF_ERROR(journal->CloseSegment());
  }
  RF_RETURN_IF_ERROR(journal->BeginSegment(0));
  return journal;
}

uint64_t Journal::Append(const RawBatch& batch, EventTime received_at) {
  FrameHeader header{.previous_crc = crc_,
                     .lsn = ++appended_lsn_,
                     .received_at = received_at,
                     .durable_lsn = durable_lsn_};
  AppendFrame(options_.salt, header, batch, pending_);
  crc_ = header.crc;
  return appended_lsn_;
}

absl::Status Journal::Commit() {
  RF_RETURN_IF_ERROR(broken_);
  if (pending_.empty()) return absl::OkStatus();
  if (file_ != nullptr && at_ + pending_.size() > size_) {
    RF_RETURN_IF_ERROR(BreakUnlessOk(CloseSegment()));
  }
  if (file_ == nullptr) {
    const absl::Status begun = BeginSegment(pending_.size());
    if (absl::IsResourceExhausted(begun)) return begun;
    RF_RETURN_IF_ERROR(BreakUnlessOk(begun));
  }
  return BreakUnlessOk(WritePending());
}

absl::Status Journal::BreakUnlessOk(const absl::Status& status) {
  if (!status.ok()) broken_ = absl::InternalError(status.message());
  return broken_;
}

absl::Status Journal::WritePending() {
  RF_RETURN_IF_ERROR(file_->Write(at_, pending_));
  RF_RETURN_IF_ERROR(file_->Sync());
  at_ += pending_.size();
  pending_.clear();
  durable_lsn_ = appended_lsn_;
  durable_crc_ = crc_;
  return absl::OkStatus();
}

// Only the last segment may have something behind its last frame.
absl::Status Journal::CloseSegment() {
  RF_RETURN_IF_ERROR(file_->Truncate(at_));
  RF_RETURN_IF_ERROR(file_->Sync());
  file_ = nullptr;
  return absl::OkStatus();
}

absl::Status Journal::BeginSegment(uint64_t least_bytes) {
  const uint64_t size = std::max(options_.segment_bytes, SegmentHeader::kBytes + least_bytes);
  const SegmentHeader header{
      .first_lsn = durable_lsn_ + 1, .salt = options_.salt, .previous_crc = durable_crc_};
  RF_ASSIGN_OR_RETURN(auto file, disk_.Create(kDraft));
  RF_RETURN_IF_ERROR(file->Reserve(size));
  RF_RETURN_IF_ERROR(file->Write(0, WriteSegmentHeader(header)));
  RF_RETURN_IF_ERROR(file->Sync());
  RF_RETURN_IF_ERROR(disk_.Rename(kDraft, SegmentName(header.first_lsn)));
  RF_RETURN_IF_ERROR(disk_.SyncFolder());
  // An empty segment of this name was replaced.
  if (segments_.empty() || segments_.back() != header.first_lsn) {
    segments_.push_back(header.first_lsn);
  }
  file_ = std::move(file);
  size_ = size;
  at_ = SegmentHeader::kBytes;
  return absl::OkStatus();
}

absl::Status Journal::TrimTo(uint64_t lsn, size_t most) {
  for (; most > 0 && CanTrimTo(lsn); --most) {
    RF_RETURN_IF_ERROR(disk_.Remove(SegmentName(segments_.front())));
    segments_.erase(segments_.begin());
  }
  return absl::OkStatus();
}

}  // namespace ringfence
