#include "tools/service/intake.h"

#include <utility>

#include "ingest/canonical_row.h"

namespace ringfence {

void Intake::DropDuplicates(std::vector<Cdr>& cdrs) {
  // Far enough to hide a memory access behind the work on the records between.
  constexpr size_t kAhead = 16;
  size_t kept = 0;
  for (size_t i = 0; i < cdrs.size(); ++i) {
    if (i + kAhead < cdrs.size()) deduplicator_.Prefetch(cdrs[i + kAhead].key);
    if (!deduplicator_.IsFirst(cdrs[i].key, cdrs[i].setup)) continue;
    if (kept != i) cdrs[kept] = std::move(cdrs[i]);
    ++kept;
  }
  cdrs.erase(cdrs.begin() + static_cast<ptrdiff_t>(kept), cdrs.end());
}

void Intake::Take(CdrBatch& batch, std::vector<Detection>& detections) {
  const size_t before = batch.cdrs.size();
  DropDuplicates(batch.cdrs);
  account_.duplicates += before - batch.cdrs.size();

  late_.clear();
  detector_.Consume(batch.cdrs, detections, late_);
  account_.late += late_.size();
  account_.accepted += batch.cdrs.size() - late_.size();
  for (const size_t index : late_) {
    keeper_.OnLate(batch.end.source, CanonicalRow(batch.cdrs[index]));
  }
}

}  // namespace ringfence
