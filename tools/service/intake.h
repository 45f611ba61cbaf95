// The stretch of a CDR's way that batch and service share: de-duplication, judgement, account.
#pragma once

#include <cstdint>
#include <vector>

#include "detector/detector.h"
#include "detector/model/detection.h"
#include "ingest/cdr_source.h"
#include "ingest/deduplicator.h"
#include "ingest/reconciliation.h"
#include "ingest/reject_sink.h"

namespace ringfence {

// Counts rejects in the account and passes them on. What it was given must outlive it.
class AccountedRejects : public RejectSink {
 public:
  AccountedRejects(Reconciliation& account, RejectSink& next) : account_(account), next_(next) {}

  void OnReject(const Reject& reject) override {
    account_.CountReject(reject.reason);
    next_.OnReject(reject);
  }

 private:
  Reconciliation& account_;
  RejectSink& next_;
};

// Holds no state of its own but a buffer; what it was given must outlive it. Not thread-safe.
class Intake {
 public:
  Intake(Deduplicator& deduplicator, Detector& detector, RejectKeeper& keeper,
         Reconciliation& account)
      : deduplicator_(deduplicator), detector_(detector), keeper_(keeper), account_(account) {}

  // Removes duplicates from the batch, judges the rest and appends what was found. Every record of
  // the batch is counted as accepted, duplicate or late; late ones go to the keeper.
  void Take(CdrBatch& batch, std::vector<Detection>& detections) {
    Judge(batch, DropRepetitions(batch), detections);
  }

  // The same in two steps, which two threads may take, one batch behind the other: so many
  // duplicates are removed; what is left is judged, and they are counted.
  uint64_t DropRepetitions(CdrBatch& batch);
  void Judge(const CdrBatch& batch, uint64_t duplicates, std::vector<Detection>& detections);

 private:
  Deduplicator& deduplicator_;
  Detector& detector_;
  RejectKeeper& keeper_;
  Reconciliation& account_;
  std::vector<size_t> late_;
};

}  // namespace ringfence
