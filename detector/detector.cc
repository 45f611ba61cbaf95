#include "detector/detector.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "detector/detector_impl.h"
#include "ingest/model/status_macros.h"

namespace ringfence {

Detector::Impl::Impl(DetectorOptions options, std::shared_ptr<const SubjectDirectory> directory)
    : options_(std::move(options)),
      directory_(std::move(directory)),
      shards_(options_.shards),
      router_(options_.lateness, options_.shards),
      parts_(options_.shards),
      team_(options_.shards) {
  for (uint32_t place = 0; place < options_.rules.size(); ++place) {
    if (options_.rules[place].subject == SubjectKind::kNumber) {
      number_rules_.push_back(place);
    } else {
      groups_.emplace_back(RuleSet(options_, {place}), directory_);
    }
  }
  if (options_.flood) floods_.emplace(options_, directory_);
  const auto tiers = MakeTiers();
  for (Shard& shard : shards_) {
    shard.numbers = std::make_unique<NumberTracker>(RuleSet(options_, number_rules_), tiers);
  }
}

void Detector::Impl::Consume(absl::Span<const Cdr> batch, std::vector<Detection>& detections,
                             std::vector<size_t>& late) {
  // What is known of the calls on their way stays in a near cache; threads have some work each, and
  // what waits at the end of a piece is seldom.
  const size_t piece = 4096 * shards_.size();
  for (size_t offset = 0; offset < batch.size(); offset += piece) {
    Count(batch.subspan(offset, piece), offset, late);
    Report(detections);
  }
}

// The records are divided twice: by where they stand, then by whom they are judged with.
void Detector::Impl::Count(absl::Span<const Cdr> piece, size_t offset, std::vector<size_t>& late) {
  constexpr size_t kWorthThreads = 1024;  // records; to wake the threads costs as much as some
  const bool together = piece.size() >= kWorthThreads;
  const SubjectDirectory* directory = groups_.empty() ? nullptr : directory_.get();
  const size_t share = (piece.size() + parts_.size() - 1) / parts_.size();
  ForEachShard(together, [&](size_t i) {
    const size_t first = std::min(i * share, piece.size());
    router_.Route(piece.subspan(first, share), offset + first, newest_, directory, parts_[i]);
  });
  router_.Join(absl::MakeSpan(parts_));
  if (floods_) {
    ForEachShard(together, [&](size_t i) {
      const size_t first = std::min(i * share, piece.size());
      floods_->Route(i, piece.subspan(first, share), offset + first,
                     i == 0 ? newest_ : parts_[i - 1].newest);
    });
    floods_->CountLate();
  }
  newest_ = parts_.back().newest;
  consumed_ += piece.size();
  for (const RoutedPart& part : parts_) {
    late_ += part.late.size();
    late.insert(late.end(), part.late.begin(), part.late.end());
  }
  ForEachShard(together, [this](size_t i) { Judge(i); });
}

void Detector::Impl::ForEachShard(bool together, const WorkerTeam::Job& job) {
  if (together) return team_.Run(job);
  for (size_t i = 0; i < shards_.size(); ++i) job(i);
}

// The numbers of the shard, some of the rules for groups, and the called numbers of the shard.
void Detector::Impl::Judge(size_t index) {
  Shard& shard = shards_[index];
  for (const RoutedPart& part : parts_) {
    shard.numbers->Consume(part.of_shard[index].span(), shard.found);
  }
  shard.numbers->SweepWhenDue(*newest_);
  for (size_t rule = index; rule < groups_.size(); rule += shards_.size()) {
    for (const RoutedPart& part : parts_) groups_[rule].Consume(part.of_members, shard.found);
    groups_[rule].SweepWhenDue(*newest_);
  }
  if (floods_) floods_->Judge(index, *newest_, shard.found);
}

// In the order that Consume() promises.
void Detector::Impl::Report(std::vector<Detection>& detections) {
  for (Shard& shard : shards_) {
    std::move(shard.found.begin(), shard.found.end(), std::back_inserter(found_));
    shard.found.clear();
  }
  std::stable_sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) {
    return std::tie(a.record, a.rule) < std::tie(b.record, b.rule);
  });
  for (Found& found : found_) detections.push_back(std::move(found.detection));
  found_.clear();
}

void Detector::Impl::SetDirectory(std::shared_ptr<const SubjectDirectory> directory) {
  directory_ = std::move(directory);
  for (GroupTracker& groups : groups_) groups.SetDirectory(directory_);
  if (floods_) floods_->SetDirectory(directory_);
  const auto tiers = MakeTiers();
  ForEachShard(true, [&](size_t i) { shards_[i].numbers->SetTiers(tiers); });
}

std::shared_ptr<const LimitTiers> Detector::Impl::MakeTiers() const {
  return std::make_shared<const LimitTiers>(RuleSet(options_, number_rules_), directory_);
}

void Detector::Impl::AppendRegions(MemoryRegions& regions) const {
  for (const Shard& shard : shards_) shard.numbers->AppendRegions(regions);
  if (floods_) floods_->AppendRegions(regions);
}

DetectorStats Detector::Impl::stats() const {
  DetectorStats stats;
  stats.consumed = consumed_;
  stats.late = late_;
  stats.newest = newest_;
  const auto add = [&stats](const TrackerCounts& counts, size_t& subjects) {
    subjects += counts.subjects;
    stats.retained_times += counts.retained_times;
    stats.memory_bytes += counts.heap_bytes + counts.table_bytes;
    stats.open_warnings += counts.open_warnings;
    stats.open_alerts += counts.open_alerts;
  };
  for (const Shard& shard : shards_) add(shard.numbers->counts(), stats.tracked_numbers);
  for (const GroupTracker& groups : groups_) add(groups.counts(), stats.tracked_groups);
  if (!floods_) return stats;
  const FloodCounts floods = floods_->counts();
  stats.received_calls = floods.calls;
  stats.flood_late = floods_->late();
  stats.memory_bytes += floods.memory_bytes;
  stats.open_alerts += floods.open_alerts;
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

std::string Detector::Snapshot() const {
  return SealSnapshot({impl_->Content(), options().features});
}

absl::StatusOr<Detector> Detector::Restore(std::string_view bytes, DetectorOptions options,
                                           std::shared_ptr<const SubjectDirectory> directory) {
  RF_RETURN_IF_ERROR(CheckOptions(options));
  RF_ASSIGN_OR_RETURN(const SnapshotContent content, OpenSnapshot(bytes));
  Detector detector(std::move(options), std::move(directory));
  RF_RETURN_IF_ERROR(detector.impl_->ReadContent(content));
  return detector;
}

DetectorStats Detector::stats() const { return impl_->stats(); }

void Detector::AppendRegions(MemoryRegions& regions) const { impl_->AppendRegions(regions); }
const DetectorOptions& Detector::options() const { return impl_->options(); }

}  // namespace ringfence
