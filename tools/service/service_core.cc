#include "tools/service/service_core.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "detector/worker_team.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "tools/service/core_state.h"

namespace ringfence {
namespace {

void AppendFloodRule(const FloodRule& rule, std::string& text) {
  absl::StrAppend(&text, "|", rule.id.value(), ",", rule.lateness.count(), ",", rule.version);
  for (const FloodWindow& window : rule.windows) {
    absl::StrAppend(&text, ",", window.length.count(), ":", window.calls, ":", window.callers);
  }
  for (const CalledNumber number : rule.except) {
    absl::StrAppend(&text, ",", number.number().packed());
  }
}

}  // namespace

uint64_t FingerprintOf(const CoreOptions& options) {
  const NumberPlanOptions& numbers = options.decode.numbers.options();
  std::string text =
      absl::StrCat(numbers.country, "|", numbers.area, "|", static_cast<int>(numbers.style), "|",
                   options.decode.zone.name(), "|", options.detector.lateness.count(), "|",
                   options.detector.day_offset.count(), "|", options.dedup_horizon.count(), "|",
                   options.max_future.count());
  for (const FrequencyRule& rule : options.detector.rules) {
    absl::StrAppend(&text, "|", rule.id.value(), ",", static_cast<int>(rule.subject), ",",
                    rule.window.count(), ",", rule.threshold, ",", rule.warning_percent, ",",
                    rule.version);
    for (const auto& [by, thresholds] :
         {std::pair("class", &rule.ledger_thresholds.by_class),
          std::pair("industry", &rule.ledger_thresholds.by_industry),
          std::pair("customer", &rule.ledger_thresholds.by_customer)}) {
      for (const auto& [name, threshold] : *thresholds) {
        absl::StrAppend(&text, ",", by, "=", name, "=", threshold);
      }
    }
  }
  if (options.detector.flood) AppendFloodRule(*options.detector.flood, text);
  return XXH3_64bits(text.data(), text.size());
}

ServiceCore::ServiceCore(CoreOptions options, std::shared_ptr<const SubjectDirectory> directory,
                         RejectKeeper& keeper, PoisonGuard* guard)
    : options_(std::move(options)),
      guard_(guard),
      rejects_(account_, keeper),
      deduplicator_(options_.dedup_horizon),
      detector_(options_.detector, std::move(directory)),
      intake_(deduplicator_, detector_, keeper, account_),
      decoder_(NewDecoder()),
      batches_(options_.decode, rejects_, account_) {}

std::unique_ptr<EntryDecoder> ServiceCore::NewDecoder() const {
  return std::make_unique<EntryDecoder>(options_.decode, options_.max_future,
                                        options_.before_record);
}

absl::StatusOr<std::unique_ptr<ServiceCore>> ServiceCore::Restore(
    std::string_view bytes, CoreOptions options, std::shared_ptr<const SubjectDirectory> directory,
    RejectKeeper& keeper, PoisonGuard* guard) {
  absl::StatusOr<ReadState> read = ReadCoreState(bytes);
  absl::Status whole;
  absl::StatusOr<Detector> detector;
  absl::StatusOr<Deduplicator> deduplicator;
  WorkerTeam(2).Run([&](size_t part) {  // the two know nothing of each other
    if (part == 1) {
      whole = CheckCoreState(bytes);
      if (!whole.ok() || !read.ok()) return;
      deduplicator = Deduplicator::Restore(read->deduplicator, options.dedup_horizon);
    } else if (read.ok()) {
      detector = Detector::Restore(read->detector, options.detector, directory);
    }
  });
  RF_RETURN_IF_ERROR(whole);  // before what was found in damaged bytes
  RF_RETURN_IF_ERROR(read.status());
  RF_RETURN_IF_ERROR(detector.status());
  RF_RETURN_IF_ERROR(deduplicator.status());
  CoreState& state = read->state;
  auto core =
      std::make_unique<ServiceCore>(std::move(options), std::move(directory), keeper, guard);
  core->detector_ = *std::move(detector);
  core->deduplicator_ = *std::move(deduplicator);
  core->account_ = state.account;
  core->lsn_ = state.lsn;
  for (KeyedPosition& stream : state.streams) {
    core->streams_.emplace(std::move(stream.key), stream.position);
  }
  core->files_ = std::move(state.files);
  core->options_changed_ = state.fingerprint != FingerprintOf(core->options_);
  core->restored_quarantine_ = state.quarantine;
  return core;
}

absl::Status ServiceCore::Consume(const CoreEntry& entry, std::vector<Detection>& detections) {
  RF_RETURN_IF_ERROR(CheckOrder(entry));
  if (guard_ != nullptr && guard_->Careful(entry.lsn)) {
    RF_RETURN_IF_ERROR(ConsumeCarefully(entry, detections));
  } else {
    if (guard_ != nullptr) guard_->Begin(entry.lsn);
    RF_RETURN_IF_ERROR(ConsumeWhole(entry, detections));
  }
  if (guard_ != nullptr) guard_->End();
  lsn_ = entry.lsn;
  streams_[entry.batch->stream->key] = entry.batch->end;
  return absl::OkStatus();
}

absl::Status ServiceCore::CheckOrder(const CoreEntry& entry) const {
  if (entry.lsn != lsn_ + 1) {
    return absl::InternalError(
        absl::StrCat("journal entry ", entry.lsn, " came where ", lsn_ + 1, " was expected"));
  }
  const StreamKey& key = entry.batch->stream->key;
  const auto found = streams_.find(key);
  const uint64_t expected = found == streams_.end() ? 0 : found->second.next_seq;
  if (entry.batch->first_seq == expected) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("journal entry ", entry.lsn, ": stream '", key.source,
                                          "/", key.stream, "' goes on with record ", expected,
                                          ", but ", entry.batch->first_seq, " came"));
}

absl::Status ServiceCore::ConsumeWhole(const CoreEntry& entry, std::vector<Detection>& detections) {
  DecodedEntry& decoded = entry.decoded != nullptr ? *entry.decoded : decoded_;
  if (entry.decoded == nullptr) {
    RF_RETURN_IF_ERROR(decoder_->Decode(*entry.batch, entry.received_at, decoded));
  }
  account_.read += decoded.read;
  decoded.rejects.PassTo(rejects_);
  if (!decoded.duplicates) DropRepetitions(decoded);
  intake_.Judge(decoded.batch, *decoded.duplicates, detections);
  return absl::OkStatus();
}

absl::Status ServiceCore::ConsumeCarefully(const CoreEntry& entry,
                                           std::vector<Detection>& detections) {
  const EventTime not_after = entry.received_at + options_.max_future;
  RF_RETURN_IF_ERROR(batches_.Begin(*entry.batch, not_after));
  RawRecord record;
  for (uint32_t index = 0;; ++index) {
    RF_ASSIGN_OR_RETURN(const bool more, batches_.NextRecord(record));
    if (!more) break;
    if (guard_->IsPoison(entry.lsn, index)) {
      batches_.RefuseRecord(record, RejectReason::kPoison);
      continue;
    }
    guard_->BeginRecord(entry.lsn, index);
    if (options_.before_record) options_.before_record(record.bytes);
    CdrBatchWriter writer(batch_);
    batches_.TakeRecord(record, writer);
    writer.Finish();
    batch_.end.source = batches_.source();
    intake_.Take(batch_, detections);
    guard_->End();
  }
  return absl::OkStatus();
}

void ServiceCore::ConsumeFile(CdrBatch& batch, uint64_t read, const FilePosition& position,
                              std::vector<Detection>& detections) {
  account_.read += read;
  intake_.Take(batch, detections);
  const auto found = std::find_if(files_.begin(), files_.end(), [&](const FilePosition& file) {
    return file.path == position.path;
  });
  if (found == files_.end()) {
    files_.push_back(position);
  } else {
    *found = position;
  }
}

void ServiceCore::SetDirectory(std::shared_ptr<const SubjectDirectory> directory) {
  detector_.SetDirectory(std::move(directory));
}

SnapshotPieces ServiceCore::SnapshotInPieces(const Quarantine::Mark& quarantine) const {
  CoreState state;
  state.fingerprint = FingerprintOf(options_);
  state.lsn = lsn_;
  state.account = account_;
  state.quarantine = quarantine;
  state.streams = streams();
  state.files = files_;
  return WriteCoreState(state, detector_.Snapshot(), deduplicator_.Snapshot());
}

MemoryRegions ServiceCore::Regions() const {
  MemoryRegions regions;
  detector_.AppendRegions(regions);
  deduplicator_.AppendRegions(regions);
  return regions;
}

std::vector<KeyedPosition> ServiceCore::streams() const {
  std::vector<KeyedPosition> positions;
  positions.reserve(streams_.size());
  for (const auto& [key, position] : streams_) positions.push_back({key, position, false});
  std::sort(positions.begin(), positions.end(),
            [](const KeyedPosition& a, const KeyedPosition& b) { return a.key < b.key; });
  return positions;
}

}  // namespace ringfence
