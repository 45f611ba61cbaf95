// What a detector is made of: the trackers of each rule, and how records come to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "detector/call_router.h"
#include "detector/detector.h"
#include "detector/floods/flood_shards.h"
#include "detector/group_tracker.h"
#include "detector/limit_tiers.h"
#include "detector/model/rule_set.h"
#include "detector/number_tracker.h"
#include "detector/routed_pieces.h"
#include "detector/snapshot.h"
#include "detector/worker_team.h"
#include "ingest/model/bytes.h"

namespace ringfence {

class Detector::Impl {
 public:
  Impl(DetectorOptions options, std::shared_ptr<const SubjectDirectory> directory);

  void Consume(absl::Span<const Cdr> batch, std::vector<Detection>& detections,
               std::vector<size_t>& late);
  void SetDirectory(std::shared_ptr<const SubjectDirectory> directory);
  DetectorStats stats() const;
  void AppendRegions(MemoryRegions& regions) const;
  const DetectorOptions& options() const { return options_; }

  // detector_snapshot.cc: what is in a snapshot, without the seal around it
  std::string Content();
  absl::Status ReadContent(const SnapshotContent& content);

 private:
  // One thread's numbers, and what it has at hand and found during Consume().
  struct alignas(64) Shard {
    std::unique_ptr<NumberTracker> numbers;
    std::vector<MemberCall> members;  // of its share of the records, whatever their shard
    std::vector<Found> found;
  };

  size_t RoundSize() const;
  // Of a batch, the records from `begin` to that before `end`:
  void Count(absl::Span<const Cdr> batch, size_t begin, size_t end, std::vector<size_t>& late);
  void ForEachShard(size_t records, const WorkerTeam::Job& job);
  void RoutePiece(size_t piece);
  void JudgeNumbers(size_t index, absl::Span<const Cdr> records, size_t first);
  void FindMembers(size_t index, absl::Span<const Cdr> calls, size_t first);
  void JudgeGroups(size_t index, EventTime newest);
  void Report(std::vector<Detection>& detections);

  std::shared_ptr<const LimitTiers> MakeTiers() const;
  NumberTracker& NumbersWith(uint64_t number);
  void WriteNumbers(ByteWriter& writer);
  bool ReadNumbers(ByteReader& reader, bool recount, const SnapshotContent& content);
  bool ReadGroups(ByteReader& reader, bool recount, const SnapshotContent& content);
  void WriteFloods(ByteWriter& writer);
  bool ReadFloods(ByteReader& reader, const SnapshotContent& content);

  DetectorOptions options_;
  std::shared_ptr<const SubjectDirectory> directory_;
  std::vector<uint32_t> number_rules_;  // places of the rules for numbers
  std::vector<Shard> shards_;
  std::vector<GroupTracker> groups_;
  std::optional<FloodShards> floods_;  // none: called numbers are not counted
  std::optional<EventTime> newest_;
  uint64_t consumed_ = 0;
  uint64_t late_ = 0;
  CallRouter router_;
  // Of use during Consume() alone:
  RoutedPieces pieces_;
  std::vector<size_t> late_of_round_;
  std::vector<Found> found_;
  WorkerTeam team_;  // last: it uses all the others
};

}  // namespace ringfence
