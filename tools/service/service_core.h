// What the service computes: a fold over the journal and the configured files.
//
//   ServiceCore core(options, directory, quarantine, guard);
//   core.Consume({.lsn = 1, .received_at = t, .batch = &raw}, detections);   // entry by entry
//   std::string bytes = core.Snapshot(mark);
//   auto again = ServiceCore::Restore(bytes, options, directory, quarantine, guard);
//
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "detector/detector.h"
#include "detector/model/detection.h"
#include "detector/model/subject.h"
#include "ingest/deduplicator.h"
#include "ingest/file_source.h"
#include "ingest/quarantine.h"
#include "ingest/reconciliation.h"
#include "ingest/reject_sink.h"
#include "ingest/transport/receiver.h"
#include "tools/service/batch_decoder.h"
#include "tools/service/core_state.h"
#include "tools/service/entry_decoder.h"
#include "tools/service/intake.h"
#include "tools/service/poison_guard.h"

namespace ringfence {

struct CoreOptions {
  DecodeOptions decode;  // for what a sender left open; not_after is set entry by entry
  DetectorOptions detector;
  Duration dedup_horizon{};
  Duration max_future{};  // a setup time further ahead of the entry's received_at is implausible

  // For tests: called with every record of an entry before it is decoded.
  std::function<void(std::string_view)> before_record;
};

// Of everything in the options that the state depends on.
uint64_t FingerprintOf(const CoreOptions& options);

// One entry of the journal.
struct CoreEntry {
  uint64_t lsn = 0;
  EventTime received_at;
  const RawBatch* batch = nullptr;
  // What the core's NewDecoder() made of the batch; it is used up. Null: the core decodes.
  DecodedEntry* decoded = nullptr;
};

// A deterministic function of (options, directories, entries and files in their order): no thread,
// no socket, no clock. A replay makes the same detections, rejects and snapshots. Not thread-safe.
class ServiceCore {
 public:
  // directory may be null. keeper must outlive the core; so must guard, which may be null: then no
  // record is ever taken for poison.
  ServiceCore(CoreOptions options, std::shared_ptr<const SubjectDirectory> directory,
              RejectKeeper& keeper, PoisonGuard* guard);
  ServiceCore(const ServiceCore&) = delete;
  ServiceCore& operator=(const ServiceCore&) = delete;

  // The core that goes on where Snapshot() was taken. Options may differ: they count from now on.
  // DataLoss: damaged. InvalidArgument: of another version, or bad options.
  static absl::StatusOr<std::unique_ptr<ServiceCore>> Restore(
      std::string_view bytes, CoreOptions options,
      std::shared_ptr<const SubjectDirectory> directory, RejectKeeper& keeper, PoisonGuard* guard);

  // Decodes, de-duplicates and judges the entry; appends what was found. Entries come in order,
  // each once: one that does not follow on the last, or repeats or skips records of its stream, is
  // Internal, and nothing of it was counted.
  absl::Status Consume(const CoreEntry& entry, std::vector<Detection>& detections);

  // For whoever decodes entries ahead of Consume(). It may work in another thread.
  std::unique_ptr<EntryDecoder> NewDecoder() const;
  // Removes the repetitions from an entry that was decoded ahead, which Consume() then need not do:
  // from each in its order, and from all that follow on the first. May be called in another thread
  // than Consume() if no entry is consumed meanwhile that still has them, and no snapshot taken.
  void DropRepetitions(DecodedEntry& decoded) {
    decoded.duplicates = intake_.DropRepetitions(decoded.batch);
  }
  PoisonGuard* guard() const { return guard_; }

  // The same for CDRs of a file, whose source has put its rejects into rejects(): `read` records
  // ended at `position`.
  void ConsumeFile(CdrBatch& batch, uint64_t read, const FilePosition& position,
                   std::vector<Detection>& detections);
  RejectSink& rejects() { return rejects_; }

  // The ledger changed. It is no part of the state.
  void SetDirectory(std::shared_ptr<const SubjectDirectory> directory);

  // Everything, as bytes; the same state gives the same bytes. `quarantine` is how much of the
  // keeper's file belongs to it.
  SnapshotPieces SnapshotInPieces(const Quarantine::Mark& quarantine) const;
  std::string Snapshot(const Quarantine::Mark& quarantine) const {
    return SnapshotInPieces(quarantine).Join();
  }

  // Where most of the state lies. Good until the next change.
  MemoryRegions Regions() const;

  uint64_t lsn() const { return lsn_; }  // of the last entry; 0: none yet
  std::vector<KeyedPosition> streams() const;
  const std::vector<FilePosition>& files() const { return files_; }
  const Reconciliation& account() const { return account_; }
  DetectorStats detector_stats() const { return detector_.stats(); }
  size_t remembered_records() const { return deduplicator_.size(); }
  // The state was made with other options (after Restore).
  bool options_changed() const { return options_changed_; }
  // What the snapshot said of the keeper's file (after Restore).
  const Quarantine::Mark& restored_quarantine() const { return restored_quarantine_; }

 private:
  absl::Status CheckOrder(const CoreEntry& entry) const;
  absl::Status ConsumeWhole(const CoreEntry& entry, std::vector<Detection>& detections);
  // Record by record: for an entry in which the process crashed.
  absl::Status ConsumeCarefully(const CoreEntry& entry, std::vector<Detection>& detections);

  CoreOptions options_;
  PoisonGuard* guard_;
  Reconciliation account_;
  AccountedRejects rejects_;
  Deduplicator deduplicator_;
  Detector detector_;
  Intake intake_;
  std::unique_ptr<EntryDecoder> decoder_;
  DecodedEntry decoded_;  // of the entry at hand
  BatchDecoder batches_;  // for entries that are taken record by record
  CdrBatch batch_;        // likewise
  uint64_t lsn_ = 0;
  absl::flat_hash_map<StreamKey, StreamPosition> streams_;
  std::vector<FilePosition> files_;
  bool options_changed_ = false;
  Quarantine::Mark restored_quarantine_;
};

}  // namespace ringfence
