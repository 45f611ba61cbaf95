#include "detector/detector.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "detector/call_router.h"
#include "detector/group_tracker.h"
#include "detector/limit_tiers.h"
#include "detector/number_tracker.h"
#include "detector/snapshot.h"
#include "detector/worker_team.h"
#include "ingest/model/bytes.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

// What makes a rule the same one in a snapshot.
struct RuleName {
  std::string_view id;
  uint8_t kind = 0;
  int64_t window = 0;

  bool Names(const FrequencyRule& rule) const {
    return rule.id.value() == id && static_cast<uint8_t>(rule.subject) == kind &&
           rule.window.count() == window;
  }
};

void WriteRule(const FrequencyRule& rule, ByteWriter& writer) {
  writer.Text(rule.id.value());
  writer.Byte(static_cast<uint8_t>(rule.subject));
  writer.Signed(rule.window.count());
}

RuleName ReadRule(ByteReader& reader) {
  RuleName name;
  name.id = reader.Text();
  name.kind = reader.Byte();
  name.window = reader.Signed();
  return name;
}

}  // namespace

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
  // One thread's numbers, and what it found.
  struct alignas(64) Shard {
    std::unique_ptr<NumberTracker> numbers;
    std::vector<Found> found;  // empty but during Consume()
  };

  void Count(absl::Span<const Cdr> piece, size_t offset, std::vector<size_t>& late);
  void ForEachShard(bool together, const WorkerTeam::Job& job);
  void Judge(size_t index);
  void Report(std::vector<Detection>& detections);
  std::shared_ptr<const LimitTiers> MakeTiers() const;
  NumberTracker& NumbersWith(uint64_t number);
  void WriteNumbers(ByteWriter& writer);
  bool ReadNumbers(ByteReader& reader, bool recount);
  bool ReadGroups(ByteReader& reader, bool recount);

  DetectorOptions options_;
  std::shared_ptr<const SubjectDirectory> directory_;
  std::vector<uint32_t> number_rules_;  // places of the rules for numbers
  std::vector<Shard> shards_;
  std::vector<GroupTracker> groups_;
  std::optional<EventTime> newest_;
  uint64_t consumed_ = 0;
  uint64_t late_ = 0;
  CallRouter router_;
  std::vector<RoutedPart> parts_;  // as many as shards
  std::vector<Found> found_;       // empty but during Consume()
  WorkerTeam team_;                // last: it uses all the others
};

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
  const auto tiers = MakeTiers();
  for (Shard& shard : shards_) {
    shard.numbers = std::make_unique<NumberTracker>(RuleSet(options_, number_rules_), tiers);
  }
}

void Detector::Impl::Consume(absl::Span<const Cdr> batch, std::vector<Detection>& detections,
                             std::vector<size_t>& late) {
  // What is known of the calls on their way stays in a near cache; threads have some work each.
  const size_t piece = shards_.size() == 1 ? 1024 : 4096 * shards_.size();
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

// The numbers of the shard, and some of the rules for groups.
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

NumberTracker& Detector::Impl::NumbersWith(uint64_t number) {
  return *shards_[CallRouter::ShardOf(number, shards_.size())].numbers;
}

void Detector::Impl::SetDirectory(std::shared_ptr<const SubjectDirectory> directory) {
  directory_ = std::move(directory);
  for (GroupTracker& groups : groups_) groups.SetDirectory(directory_);
  const auto tiers = MakeTiers();
  ForEachShard(true, [&](size_t i) { shards_[i].numbers->SetTiers(tiers); });
}

std::shared_ptr<const LimitTiers> Detector::Impl::MakeTiers() const {
  return std::make_shared<const LimitTiers>(RuleSet(options_, number_rules_), directory_);
}

// Day offset, counts, newest time; the rules for numbers and their subjects; then each other rule
// and its subjects. Subjects are one text, so that those of a rule that is gone can be skipped.
std::string Detector::Impl::Content() {
  ByteWriter writer;
  writer.Signed(options_.day_offset.count());
  writer.Varint(consumed_);
  writer.Varint(late_);
  writer.Byte(newest_ ? 1 : 0);
  if (!newest_) return writer.Take();
  writer.Signed(ToUnixMicros(*newest_));
  WriteNumbers(writer);
  writer.Varint(groups_.size());
  for (GroupTracker& groups : groups_) {
    WriteRule(groups.rule(), writer);
    ByteWriter subjects;
    groups.Write(subjects, *newest_);
    writer.Text(subjects.bytes());
  }
  return writer.Take();
}

void Detector::Impl::WriteNumbers(ByteWriter& writer) {
  writer.Varint(number_rules_.size());
  for (const uint32_t place : number_rules_) WriteRule(options_.rules[place], writer);
  std::vector<NumberTracker::Entry> entries;
  for (const Shard& shard : shards_) shard.numbers->Collect(*newest_, entries);
  std::sort(entries.begin(), entries.end());
  ByteWriter subjects;
  subjects.Varint(entries.size());
  uint64_t previous = 0;
  for (const auto& [number, line] : entries) {
    subjects.Varint(number - previous);
    previous = number;
    NumbersWith(number).Write(*line, *newest_, subjects);
  }
  writer.Text(subjects.bytes());
}

absl::Status Detector::Impl::ReadContent(std::string_view content) {
  ByteReader reader(content);
  const bool recount = reader.Signed() != options_.day_offset.count();
  consumed_ = reader.Varint();
  late_ = reader.Varint();
  const uint8_t has_newest = reader.Byte();
  if (has_newest == 1) newest_ = FromUnixMicros(reader.Signed());
  if (has_newest == 1 && reader.ok() && !ReadNumbers(reader, recount)) {
    return absl::DataLossError("the detector snapshot is inconsistent at the numbers");
  }
  const uint64_t rules = has_newest == 1 ? reader.Count() : 0;
  for (uint64_t i = 0; i < rules; ++i) {
    if (!ReadGroups(reader, recount)) {
      return absl::DataLossError(
          absl::StrCat("the detector snapshot is inconsistent at the groups of rule ", i));
    }
  }
  if (has_newest > 1 || !reader.AtEnd()) {
    return absl::DataLossError("the detector snapshot is inconsistent at its head or end");
  }
  return absl::OkStatus();
}

bool Detector::Impl::ReadNumbers(ByteReader& reader, bool recount) {
  const uint64_t rules = reader.Count();
  std::vector<size_t> of_rule(number_rules_.size(), SubjectState::kNoRule);
  bool known = false;
  for (uint64_t i = 0; i < rules; ++i) {
    const RuleName name = ReadRule(reader);
    if (!reader.ok()) return false;
    for (size_t rule = 0; rule < number_rules_.size(); ++rule) {
      if (!name.Names(options_.rules[number_rules_[rule]])) continue;
      if (of_rule[rule] != SubjectState::kNoRule) return false;  // the rule stands there twice
      of_rule[rule] = i;
      known = true;
    }
  }
  ByteReader subjects(reader.Text());
  if (!reader.ok()) return false;
  if (!known) return true;
  const uint64_t count = subjects.Count();
  for (Shard& shard : shards_) shard.numbers->Reserve(count / shards_.size());
  uint64_t number = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t distance = subjects.Varint();
    if (!subjects.ok() || (i > 0 && distance == 0) || number + distance < number) return false;
    number += distance;
    if (!NumbersWith(number).Read(number, subjects, *newest_, rules, of_rule, recount))
      return false;
  }
  return subjects.AtEnd();
}

bool Detector::Impl::ReadGroups(ByteReader& reader, bool recount) {
  const RuleName name = ReadRule(reader);
  ByteReader subjects(reader.Text());
  if (!reader.ok()) return false;
  for (GroupTracker& groups : groups_) {
    if (!name.Names(groups.rule())) continue;
    if (groups.counts().subjects > 0) return false;  // the rule stands there twice
    return groups.Read(subjects, *newest_, recount) && subjects.AtEnd();
  }
  return true;
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
