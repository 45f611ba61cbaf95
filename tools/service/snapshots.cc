#include "tools/service/snapshots.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

// Of memory that is taken at a time: one or two milliseconds.
constexpr size_t kStep = 8 * 1024 * 1024;

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
  begun_ = world_.steady_now();
}

bool Snapshots::Prepare() {
  if (!room_asked_for_) TakeRoom();
  return copy_ == nullptr || copy_->Populate(MemoryCopy::RoomFor(core_.Regions()), kStep);
}

// For what the state is now and a little more: it may grow meanwhile. The child needs memory for
// the bytes that it writes, too, about as much again; who takes the last of the machine's memory is
// killed.
void Snapshots::TakeRoom() {
  room_asked_for_ = true;
  const size_t state = MemoryCopy::RoomFor(core_.Regions());
  const size_t room = state + state / 8 + kStep;
  const std::optional<uint64_t> free = world_.free_memory();
  if (!free) {
    no_copy_ = "how much memory is free can't be seen";
  } else if (*free < 2 * room) {
    no_copy_ = absl::StrCat(*free >> 20, " MiB of memory are free, ", 2 * room >> 20, " needed");
  } else {
    copy_ = MemoryCopy::WithRoom(room);
    no_copy_ = copy_ != nullptr ? "" : "the system does not give the memory";
  }
}

absl::Status Snapshots::Begin(EventTime now) {
  const std::unique_ptr<MemoryCopy> copy =
      copy_ != nullptr ? std::move(copy_) : MemoryCopy::WithRoom(0);
  room_asked_for_ = false;
  StartNext(now);
  RF_ASSIGN_OR_RETURN(const Quarantine::Mark mark, MarkRejects());
  copy->Take(core_.Regions());
  RF_ASSIGN_OR_RETURN(child_, ForkedWork::Start([&]() -> absl::StatusOr<uint64_t> {
                        RF_RETURN_IF_ERROR(copy->PutInPlace());
                        return WriteSnapshot(files_, next_.name, core_, mark);
                      }));
  next_.pause = std::chrono::duration_cast<std::chrono::microseconds>(world_.steady_now() - begun_);
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
  copy_ = nullptr;
  room_asked_for_ = false;
  StartNext(now);
  RF_ASSIGN_OR_RETURN(const Quarantine::Mark mark, MarkRejects());
  const auto written = WriteSnapshot(files_, next_.name, core_, mark);
  next_.pause = std::chrono::duration_cast<std::chrono::microseconds>(world_.steady_now() - begun_);
  return Finish(written);
}

absl::Status Snapshots::Finish(const absl::StatusOr<uint64_t>& bytes) {
  RF_RETURN_IF_ERROR(bytes.status());
  RF_ASSIGN_OR_RETURN(const uint64_t trim_to, files_.Retire());
  report_ = next_;
  report_.bytes = *bytes;
  report_.took =
      std::chrono::duration_cast<std::chrono::milliseconds>(world_.steady_now() - begun_);
  report_.trim_to = trim_to;
  return absl::OkStatus();
}

}  // namespace ringfence
