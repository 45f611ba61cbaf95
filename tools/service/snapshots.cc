#include "tools/service/snapshots.h"

#include <string>

#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

absl::StatusOr<uint64_t> WriteSnapshot(SnapshotFiles& files, const SnapshotName& name,
                                       const ServiceCore& core, const Quarantine::Mark& mark) {
  const SnapshotPieces snapshot = core.SnapshotInPieces(mark);
  RF_RETURN_IF_ERROR(files.Write(name, snapshot));
  return snapshot.bytes();
}

}  // namespace

// The rejects up to here are on the disk: a replay writes those behind it again.
absl::StatusOr<Quarantine::Mark> Snapshots::MarkRejects() {
  RF_RETURN_IF_ERROR(quarantine_.Flush());
  RF_RETURN_IF_ERROR(quarantine_.Sync());
  return quarantine_.Position();
}

void Snapshots::StartNext(EventTime now) {
  next_ = {};
  next_.name = {.number = ++number_, .lsn = core_.lsn()};
  next_.taken_at = now;
  begun_ = steady_now_();
}

absl::Status Snapshots::Begin(EventTime now) {
  StartNext(now);
  RF_ASSIGN_OR_RETURN(const Quarantine::Mark mark, MarkRejects());
  RF_ASSIGN_OR_RETURN(child_, ForkedWork::Start([this, mark] {
                        return WriteSnapshot(files_, next_.name, core_, mark);
                      }));
  next_.pause = std::chrono::duration_cast<std::chrono::microseconds>(steady_now_() - begun_);
  return absl::OkStatus();
}

absl::StatusOr<bool> Snapshots::Poll() {
  if (child_ == nullptr) return false;
  const auto ended = child_->Poll();
  if (!ended.has_value()) return false;
  child_ = nullptr;
  RF_RETURN_IF_ERROR(Finish(*ended));
  return true;
}

absl::Status Snapshots::WriteNow(EventTime now) {
  child_ = nullptr;  // older than this one will be
  StartNext(now);
  RF_ASSIGN_OR_RETURN(const Quarantine::Mark mark, MarkRejects());
  const auto written = WriteSnapshot(files_, next_.name, core_, mark);
  next_.pause = std::chrono::duration_cast<std::chrono::microseconds>(steady_now_() - begun_);
  return Finish(written);
}

absl::Status Snapshots::Finish(const absl::StatusOr<uint64_t>& bytes) {
  RF_RETURN_IF_ERROR(bytes.status());
  RF_ASSIGN_OR_RETURN(const uint64_t trim_to, files_.Retire());
  report_ = next_;
  report_.bytes = *bytes;
  report_.took = std::chrono::duration_cast<std::chrono::milliseconds>(steady_now_() - begun_);
  report_.trim_to = trim_to;
  return absl::OkStatus();
}

}  // namespace ringfence
