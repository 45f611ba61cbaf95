#include "tools/service/recovery.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"
#include "tools/service/decode_ahead.h"

namespace ringfence {
namespace {

constexpr size_t kReplayHandleAt = 256;  // detections: one transaction of the store for them

}  // namespace

absl::StatusOr<RestoredCore> RestoreCore(SnapshotFiles& files, const CoreOptions& options,
                                         std::shared_ptr<const SubjectDirectory> directory,
                                         RejectKeeper& keeper, PoisonGuard* guard) {
  RestoredCore restored;
  RF_ASSIGN_OR_RETURN(const std::vector<SnapshotName> names, files.List());
  if (names.empty()) {
    restored.core = std::make_unique<ServiceCore>(options, std::move(directory), keeper, guard);
    return restored;
  }
  restored.last_number = names.front().number;
  for (const SnapshotName& name : names) {
    RF_ASSIGN_OR_RETURN(const FileBytes bytes, files.Read(name));
    auto core = ServiceCore::Restore(bytes.view, options, directory, keeper, guard);
    if (core.ok()) {
      restored.core = *std::move(core);
      restored.snapshot = name;
      return restored;
    }
    // One of another version is whole: passing over it would throw away what it holds.
    if (!absl::IsDataLoss(core.status())) return core.status();
    restored.damage.push_back(
        absl::DataLossError(absl::StrCat("snapshot ", name.number, ": ", core.status().message())));
  }
  return absl::DataLossError(
      absl::StrCat("none of ", names.size(),
                   " snapshots can be read; the newest: ", restored.damage.front().message()));
}

absl::StatusOr<Replayed> Replay(Disk& disk, ServiceCore& core, const ReplayOptions& options) {
  RF_ASSIGN_OR_RETURN(const auto reader, JournalReader::Open(disk, core.lsn()));
  Replayed replayed;
  DecodeAhead entries(*reader, core);
  CoreEntry entry;
  std::vector<Detection> detections;
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool more, entries.Next(entry));
    if (more) {
      if (options.stop()) return absl::CancelledError("stopped while the journal was read");
      RF_RETURN_IF_ERROR(core.Consume(entry, detections));
      ++replayed.entries;
    }
    if (detections.size() >= kReplayHandleAt || !more) {
      RF_RETURN_IF_ERROR(options.handle(detections));
      detections.clear();
    }
    if (!more) break;
  }
  replayed.end = reader->end();
  return replayed;
}

}  // namespace ringfence
