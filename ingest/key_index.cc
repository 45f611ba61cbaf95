#include "ingest/key_index.h"

#include <cstddef>

namespace ringfence {

IndexLine* IndexMemory::Take() {
  constexpr size_t kChunkLines = kLargePageBytes / sizeof(IndexLine);
  if (!free_.empty()) {
    IndexLine* const run = free_.back();
    free_.pop_back();
    return run;
  }
  if (chunks_.empty() || handed_out_ == kChunkLines / kRunLines) {
    chunks_.emplace_back(kChunkLines);
    handed_out_ = 0;
  }
  return &chunks_.back()[handed_out_++ * kRunLines];
}

void IndexMemory::GiveBack(IndexLine* run) {
  for (size_t i = 0; i < kRunLines; ++i) run[i].entries.fill(0);
  free_.push_back(run);
}

}  // namespace ringfence
