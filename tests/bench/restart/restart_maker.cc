// Makes the data folder of a service that was killed: a snapshot, and a journal behind it. Driven
// by restart.py; prints what a service that starts there has to come to as one JSON object, and
// writes the snapshot that it has to take then.
#include <fstream>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "ingest/binary_record.h"
#include "ingest/canonical_row.h"
#include "ingest/journal/journal.h"
#include "ingest/journal/posix_disk.h"
#include "ingest/model/crc32c.h"
#include "ingest/model/status_macros.h"
#include "tests/bench/ingest/record_maker.h"
#include "tools/config/config.h"
#include "tools/service/data_folder.h"
#include "tools/service/service.h"
#include "tools/service/service_core.h"
#include "tools/service/snapshot_files.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/context.h"

namespace ringfence {
namespace {

struct FolderOptions {
  RecordMakerOptions records;
  std::string data;
  std::string expected;
  uint64_t before = 0;  // records in the snapshot
  uint64_t behind = 0;  // in the journal behind it
  uint32_t batch = 2'500;
  uint32_t record_bytes = 0;  // of binary records; 0: canonical rows
};

// Nothing that is made is rejected.
class NoRejects : public RejectKeeper {
 public:
  void OnReject(const Reject&) override {}
  void OnLate(std::string_view, std::string_view) override {}
};

// One sender's batches, as the service would have received them.
class Batches {
 public:
  explicit Batches(const FolderOptions& options) : options_(options), records_(options.records) {
    StreamInfo info{.key = {.source = "bench", .stream = "load", .epoch = 1}, .format = {}};
    const bool binary = options.record_bytes > 0;
    info.format.format = binary ? kBinaryFormat : "canonical";
    info.format.header = binary ? BinaryHeader(options.record_bytes) : kCanonicalHeader;
    entry_.batch.stream = std::make_shared<const StreamInfo>(std::move(info));
  }

  absl::StatusOr<const JournalEntry*> Next() {
    RawBatch& batch = entry_.batch;
    batch.first_seq = records_.made();
    batch.offset = batch.end.next_offset;
    batch.count = options_.batch;
    batch.records.clear();
    if (options_.record_bytes > 0) {
      RF_RETURN_IF_ERROR(records_.AppendRecords(batch.count, options_.record_bytes, batch.records));
    } else {
      records_.AppendRows(batch.count, batch.records);
    }
    batch.end = {.next_seq = records_.made(),
                 .next_offset = batch.offset + batch.records.size(),
                 .content_crc = ExtendCrc32c(batch.end.content_crc, batch.records)};
    ++entry_.lsn;
    entry_.received_at = FromUnixMicros(records_.setup_ms() * 1'000);
    return &entry_;
  }
  uint64_t made() const { return records_.made(); }

 private:
  const FolderOptions& options_;
  RecordMaker records_;
  JournalEntry entry_;
};

// The service's core, as it was before it ended.
class Past {
 public:
  explicit Past(CoreOptions options) : core_(std::move(options), nullptr, rejects_, nullptr) {}

  absl::Status Judge(const JournalEntry& entry) {
    return core_.Consume(
        {.lsn = entry.lsn, .received_at = entry.received_at, .batch = &entry.batch}, found_);
  }
  const ServiceCore& core() const { return core_; }
  size_t TakeFound() { return std::exchange(found_, {}).size(); }

 private:
  NoRejects rejects_;
  ServiceCore core_;
  std::vector<Detection> found_;
};

absl::Status WriteBehind(Batches& batches, Past& past, Disk& disk, uint64_t records) {
  constexpr size_t kCommitBytes = 8 * 1024 * 1024;
  RF_ASSIGN_OR_RETURN(const auto journal, Journal::Open(disk, {}, {.lsn = past.core().lsn()}));
  for (const uint64_t end = batches.made() + records; batches.made() < end;) {
    RF_ASSIGN_OR_RETURN(const JournalEntry* const entry, batches.Next());
    journal->Append(entry->batch, entry->received_at);
    if (journal->pending_bytes() > kCommitBytes) RF_RETURN_IF_ERROR(journal->Commit());
    RF_RETURN_IF_ERROR(past.Judge(*entry));
  }
  return journal->Commit();
}

absl::Status Make(const FolderOptions& options, Context& out) {
  const DataFolder folder{options.data};
  RF_RETURN_IF_ERROR(MakeFolder(folder));
  RF_ASSIGN_OR_RETURN(const auto disk, PosixDisk::At(folder.Journal()));
  Batches batches(options);
  const EventTime first = FromUnixMicros(int64_t(options.records.first_setup) * 1'000'000);
  RF_ASSIGN_OR_RETURN(CoreOptions core_options, CoreOptionsOf(Config(), first));
  Past past(std::move(core_options));
  while (batches.made() < options.before) {
    RF_ASSIGN_OR_RETURN(const JournalEntry* const entry, batches.Next());
    RF_RETURN_IF_ERROR(past.Judge(*entry));
  }
  const ServiceCore& core = past.core();
  RF_RETURN_IF_ERROR(SnapshotFiles(*disk).Write({1, core.lsn()}, core.SnapshotInPieces({})));
  past.TakeFound();
  RF_RETURN_IF_ERROR(WriteBehind(batches, past, *disk, options.behind));
  std::ofstream file(options.expected, std::ios::binary);
  file << core.Snapshot({});
  if (!file.flush()) return absl::UnavailableError(absl::StrCat(options.expected, ": can't write"));
  out.out << absl::StrFormat(
      R"({"lsn": %d, "read": %d, "accepted": %d, "replayed_records": %d, "tracked_numbers": %d, )"
      R"("open_alerts": %d, "detections": %d})",
      core.lsn(), core.account().read, core.account().accepted, options.behind,
      core.detector_stats().tracked_numbers, core.detector_stats().open_alerts, past.TakeFound());
  out.out << "\n";
  return absl::OkStatus();
}

int RunProgram(int argc, char** argv) {
  Context context = ProcessContext();
  cli::Program program("restart_maker", "Makes the data folder of a service that was killed",
                       "restart_maker 1");
  const auto options = std::make_shared<FolderOptions>();
  cli::Command make = program.command();
  make.AddOption("--data", options->data, "the folder").Required();
  make.AddOption("--expected", options->expected, "file for the snapshot at the end").Required();
  make.AddOption("--records", options->before, "in the snapshot").Required();
  make.AddOption("--behind", options->behind, "in the journal behind it").Required();
  make.AddOption("--batch", options->batch, "records of one entry; divides both").Positive();
  make.AddOption("--record-bytes", options->record_bytes, "binary records of so many bytes");
  make.AddOption("--numbers", options->records.numbers, "calling numbers");
  make.AddOption("--callers-of-many", options->records.callers_of_many, "that alert");
  make.AddOption("--first-setup", options->records.first_setup, "Unix seconds").Required();
  make.Runs(options, Make);
  return program.Run(argc, argv, context);
}

}  // namespace
}  // namespace ringfence

int main(int argc, char** argv) { return ringfence::RunProgram(argc, argv); }
