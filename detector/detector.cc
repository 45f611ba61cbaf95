#include "detector/detector.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "detector/rule_tracker.h"
#include "detector/snapshot.h"
#include "ingest/model/bytes.h"
#include "ingest/model/status_macros.h"

namespace ringfence {

class Detector::Impl {
 public:
  Impl(DetectorOptions options, std::shared_ptr<const SubjectDirectory> directory);

  void Consume(absl::Span<const Cdr> batch, std::vector<Detection>& detections,
               std::vector<size_t>& late);
  void SetDirectory(std::shared_ptr<const SubjectDirectory> directory);
  std::string Content();
  absl::Status ReadContent(std::string_view content);
  DetectorStats stats() const;
  const DetectorOptions& options() const { return options_; }

 private:
  bool IsLate(EventTime setup) const;
  RuleTracker* FindTracker(std::string_view id, uint8_t kind, int64_t window);
  bool ReadTracker(ByteReader& reader, bool recount);

  DetectorOptions options_;
  std::shared_ptr<const SubjectDirectory> directory_;
  std::vector<std::unique_ptr<RuleTracker>> trackers_;  // in the order of the rules
  std::optional<EventTime> newest_;
  uint64_t consumed_ = 0;
  uint64_t late_ = 0;
};

Detector::Impl::Impl(DetectorOptions options, std::shared_ptr<const SubjectDirectory> directory)
    : options_(std::move(options)), directory_(std::move(directory)) {
  for (const FrequencyRule& rule : options_.rules) {
    trackers_.push_back(
        MakeRuleTracker(RuleFrame{rule, options_.lateness, options_.day_offset}, directory_));
  }
}

void Detector::Impl::Consume(absl::Span<const Cdr> batch, std::vector<Detection>& detections,
                             std::vector<size_t>& late) {
  // Far enough to hide a memory access behind the work on the records between.
  constexpr size_t kSlotAhead = 24;
  constexpr size_t kStateAhead = 10;
  for (size_t i = 0; i < batch.size(); ++i) {
    for (const auto& tracker : trackers_) {
      if (i + kSlotAhead < batch.size()) tracker->PrefetchSlot(batch[i + kSlotAhead].calling);
      if (i + kStateAhead < batch.size()) tracker->PrefetchState(batch[i + kStateAhead].calling);
    }
    const Cdr& cdr = batch[i];
    ++consumed_;
    if (IsLate(cdr.setup)) {
      ++late_;
      late.push_back(i);
      continue;
    }
    if (!newest_ || cdr.setup > *newest_) newest_ = cdr.setup;
    const SubjectDirectory::Membership* member =
        directory_ == nullptr ? nullptr : directory_->Find(cdr.calling);
    for (const auto& tracker : trackers_) tracker->Consume(cdr, member, *newest_, detections);
  }
}

bool Detector::Impl::IsLate(EventTime setup) const {
  return newest_ && setup < *newest_ &&
         MicrosBetween(setup, *newest_) > static_cast<uint64_t>(options_.lateness.count());
}

void Detector::Impl::SetDirectory(std::shared_ptr<const SubjectDirectory> directory) {
  directory_ = std::move(directory);
  for (const auto& tracker : trackers_) tracker->SetDirectory(directory_);
}

// Day offset, counts, newest time, then each rule: what identifies it, and its subjects as one
// text, so that a rule that is gone can be skipped.
std::string Detector::Impl::Content() {
  ByteWriter writer;
  writer.Signed(options_.day_offset.count());
  writer.Varint(consumed_);
  writer.Varint(late_);
  writer.Byte(newest_ ? 1 : 0);
  if (!newest_) return writer.Take();
  writer.Signed(ToUnixMicros(*newest_));
  writer.Varint(trackers_.size());
  for (const auto& tracker : trackers_) {
    writer.Text(tracker->rule().id.value());
    writer.Byte(static_cast<uint8_t>(tracker->rule().subject));
    writer.Signed(tracker->rule().window.count());
    ByteWriter subjects;
    tracker->Write(subjects, *newest_);
    writer.Text(subjects.bytes());
  }
  return writer.Take();
}

absl::Status Detector::Impl::ReadContent(std::string_view content) {
  ByteReader reader(content);
  const bool recount = reader.Signed() != options_.day_offset.count();
  consumed_ = reader.Varint();
  late_ = reader.Varint();
  const uint8_t has_newest = reader.Byte();
  if (has_newest == 1) newest_ = FromUnixMicros(reader.Signed());
  const uint64_t rules = has_newest == 1 ? reader.Count() : 0;
  for (uint64_t i = 0; i < rules; ++i) {
    if (!ReadTracker(reader, recount)) {
      return absl::DataLossError(absl::StrCat("the detector snapshot is inconsistent at rule ", i));
    }
  }
  if (has_newest > 1 || !reader.AtEnd()) {
    return absl::DataLossError("the detector snapshot is inconsistent at its head or end");
  }
  return absl::OkStatus();
}

bool Detector::Impl::ReadTracker(ByteReader& reader, bool recount) {
  const std::string_view id = reader.Text();
  const uint8_t kind = reader.Byte();
  const int64_t window = reader.Signed();
  ByteReader subjects(reader.Text());
  if (!reader.ok()) return false;
  RuleTracker* tracker = FindTracker(id, kind, window);
  if (tracker == nullptr) return true;
  if (tracker->counts().subjects > 0) return false;  // the rule stands there twice
  return tracker->Read(subjects, *newest_, recount) && subjects.AtEnd();
}

RuleTracker* Detector::Impl::FindTracker(std::string_view id, uint8_t kind, int64_t window) {
  for (const auto& tracker : trackers_) {
    const FrequencyRule& rule = tracker->rule();
    if (rule.id.value() == id && static_cast<uint8_t>(rule.subject) == kind &&
        rule.window.count() == window) {
      return tracker.get();
    }
  }
  return nullptr;
}

DetectorStats Detector::Impl::stats() const {
  DetectorStats stats;
  stats.consumed = consumed_;
  stats.late = late_;
  stats.newest = newest_;
  for (const auto& tracker : trackers_) {
    const TrackerCounts counts = tracker->counts();
    const bool numbers = tracker->rule().subject == SubjectKind::kNumber;
    (numbers ? stats.tracked_numbers : stats.tracked_groups) += counts.subjects;
    stats.retained_times += counts.retained_times;
    stats.memory_bytes += counts.heap_bytes + counts.table_bytes;
    stats.open_warnings += counts.open_warnings;
    stats.open_alerts += counts.open_alerts;
  }
  return stats;
}

Detector::Detector(DetectorOptions options, std::shared_ptr<const SubjectDirectory> directory)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(directory))) {}
Detector::Detector(Detector&&) noexcept = default;
Detector& Detector::operator=(Detector&&) noexcept = default;
Detector::~Detector() = default;

void Detector::Consume(absl::Span<const Cdr> batch, std::vector<Detection>& detections,
                       std::vector<size_t>& late) {
  impl_->Consume(batch, detections, late);
}

void Detector::SetDirectory(std::shared_ptr<const SubjectDirectory> directory) {
  impl_->SetDirectory(std::move(directory));
}

std::string Detector::Snapshot() const { return SealSnapshot(impl_->Content()); }

absl::StatusOr<Detector> Detector::Restore(std::string_view bytes, DetectorOptions options,
                                           std::shared_ptr<const SubjectDirectory> directory) {
  RF_RETURN_IF_ERROR(CheckOptions(options));
  RF_ASSIGN_OR_RETURN(const std::string_view content, OpenSnapshot(bytes));
  Detector detector(std::move(options), std::move(directory));
  RF_RETURN_IF_ERROR(detector.impl_->ReadContent(content));
  return detector;
}

DetectorStats Detector::stats() const { return impl_->stats(); }
const DetectorOptions& Detector::options() const { return impl_->options(); }

}  // namespace ringfence
