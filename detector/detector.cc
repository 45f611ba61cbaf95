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
      router_(options_.lateness),
      pieces_(options_.shards),
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
    shard.numbers =
        std::make_unique<NumberTracker>(RuleSet(options_, number_rules_), tiers, shards_.size());
  }
}

void Detector::Impl::Consume(absl::Span<const Cdr> batch, std::vector<Detection>& detections,
                             std::vector<size_t>& late) {
  for (size_t begin = 0; begin < batch.size(); begin += RoundSize()) {
    Count(batch, begin, std::min(begin + RoundSize(), batch.size()), late);
    Report(detections);
  }
}

// The threads wait for each other once a round. Rules for groups count what all have found out of a
// piece.
size_t Detector::Impl::RoundSize() const {
  constexpr size_t kPieces = 32;
  return shards_.size() > 1 && groups_.empty() ? kPieces * kPieceSize : kPieceSize;
}

void Detector::Impl::Count(absl::Span<const Cdr> batch, size_t begin, size_t end,
                           std::vector<size_t>& late) {
  const size_t records = end - begin;
  pieces_.Begin(batch, begin, end, newest_.value_or(EventTime::min()));
  late_of_round_.clear();
  ForEachShard(records, [&](size_t i) { JudgeNumbers(i, batch.subspan(begin, records), begin); });
  const EventTime newest = pieces_.Await(pieces_.count() - 1, 0).newest;
  if (!groups_.empty()) {
    ForEachShard(records, [&](size_t i) { JudgeGroups(i, newest); });
  }
  if (floods_) floods_->CountLate();
  newest_ = newest;
  consumed_ += records;
  late_ += late_of_round_.size();
  late.insert(late.end(), late_of_round_.begin(), late_of_round_.end());
}

// Each in a thread of its own, if there are enough records.
void Detector::Impl::ForEachShard(size_t records, const WorkerTeam::Job& job) {
  constexpr size_t kWorthThreads = 1024;  // to wake the threads costs as much as some
  if (records >= kWorthThreads) return team_.Run(job);
  for (size_t i = 0; i < shards_.size(); ++i) job(i);
}

void Detector::Impl::RoutePiece(size_t piece) {
  if (piece == pieces_.count() || !pieces_.Claim(piece)) return;
  pieces_.Publish(router_.Route(pieces_.RecordsOf(piece), pieces_.FirstOf(piece),
                                pieces_.EndsOf(piece), late_of_round_));
}

// The numbers of the shard, and its called numbers; and which of a share of the records are of
// numbers in the ledger. Whose thread comes first routes for all, a piece ahead: so they end
// together.
void Detector::Impl::JudgeNumbers(size_t index, absl::Span<const Cdr> records, size_t first) {
  Shard& shard = shards_[index];
  std::optional<EventTime> newest = newest_;
  for (size_t piece = 0; piece < pieces_.count(); ++piece) {
    RoutePiece(piece);
    const RoutedPiece routed = pieces_.Await(piece, index);
    RoutePiece(piece + 1);
    shard.numbers->Consume(routed, shard.found);
    shard.numbers->SweepWhenDue(routed.newest);
    if (floods_) {
      floods_->Judge(index, pieces_.RecordsOf(piece), pieces_.FirstOf(piece), newest, shard.found);
    }
    newest = routed.newest;
  }
  if (!groups_.empty()) FindMembers(index, records, first);
}

void Detector::Impl::FindMembers(size_t index, absl::Span<const Cdr> calls, size_t first) {
  std::vector<MemberCall>& members = shards_[index].members;
  members.clear();
  if (directory_ == nullptr) return;
  const size_t share = (calls.size() + shards_.size() - 1) / shards_.size();
  const size_t end = std::min((index + 1) * share, calls.size());
  router_.AddMembers(calls.first(end), index * share, first, newest_, *directory_, members);
}

// Some of the rules for groups.
void Detector::Impl::JudgeGroups(size_t index, EventTime newest) {
  for (size_t rule = index; rule < groups_.size(); rule += shards_.size()) {
    for (const Shard& shard : shards_) groups_[rule].Consume(shard.members, shards_[index].found);
    groups_[rule].SweepWhenDue(newest);
  }
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
  team_.Run([&](size_t i) { shards_[i].numbers->SetTiers(tiers); });
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
