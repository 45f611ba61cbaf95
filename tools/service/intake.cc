#include "tools/service/intake.h"

#include "ingest/canonical_row.h"

namespace ringfence {

void Intake::DropDuplicates(Deduplicator& deduplicator, CdrBatch& batch) {
  const size_t before = batch.cdrs.size();
  deduplicator.DropRepetitions(batch.cdrs);
  batch.duplicates = before - batch.cdrs.size();
}

void Intake::Judge(const CdrBatch& batch, std::vector<Detection>& detections) {
  account_.duplicates += batch.duplicates;
  late_.clear();
  detector_.Consume(batch.cdrs, detections, late_);
  account_.late += late_.size();
  account_.accepted += batch.cdrs.size() - late_.size();
  for (const size_t index : late_) {
    keeper_.OnLate(batch.end.source, CanonicalRow(batch.cdrs[index]));
  }
}

}  // namespace ringfence
