#include "tools/service/intake.h"

#include "ingest/canonical_row.h"

namespace ringfence {

uint64_t Intake::DropRepetitions(CdrBatch& batch) {
  const size_t before = batch.cdrs.size();
  deduplicator_.DropRepetitions(batch.cdrs);
  return before - batch.cdrs.size();
}

void Intake::Judge(const CdrBatch& batch, uint64_t duplicates, std::vector<Detection>& detections) {
  account_.duplicates += duplicates;
  late_.clear();
  detector_.Consume(batch.cdrs, detections, late_);
  account_.late += late_.size();
  account_.accepted += batch.cdrs.size() - late_.size();
  for (const size_t index : late_) {
    keeper_.OnLate(batch.end.source, CanonicalRow(batch.cdrs[index]));
  }
}

}  // namespace ringfence
