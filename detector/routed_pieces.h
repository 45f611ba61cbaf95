// Records on their way from the thread that routes them to those that judge them, piece by piece.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "detector/routed_call.h"
#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"
#include "ingest/model/huge_pages.h"

namespace ringfence {

// One thread at a time routes; those that judge may begin with a piece while it routes the next.
class RoutedPieces {
 public:
  explicit RoutedPieces(size_t shards) : slots_(shards), ends_(shards) {}

  // Forgets all pieces, and makes others of batch[begin] to batch[end - 1], before which the whole
  // input's newest setup time was `newest`. Nobody else may be at it.
  void Begin(absl::Span<const Cdr> batch, size_t begin, size_t end, EventTime newest);
  size_t count() const { return newest_.size() - 1; }
  absl::Span<const Cdr> RecordsOf(size_t piece) const {
    return records_.subspan(piece * kPieceSize, kPieceSize);
  }
  // Place in the batch of the piece's first record.
  size_t FirstOf(size_t piece) const { return first_ + piece * kPieceSize; }

  // True: this piece is the next one, and the caller's to route. Any thread.
  bool Claim(size_t piece);
  // Where what is routed goes.
  struct Ends {
    absl::Span<RoutedCall*> calls;  // of each shard, to be moved on behind the last
    EventTime* newest = nullptr;    // the newest setup time before the piece; others go behind it
  };
  // For the thread that routes.
  Ends EndsOf(size_t piece);
  // Ends a piece. `newest`: setup time of the whole input up to here.
  void Publish(EventTime newest);

  // The calls of a shard: waits until that piece is published. Any thread.
  RoutedPiece Await(size_t piece, size_t shard) const;

 private:
  // Of a piece there are as many newest times as records at most, and the one before.
  EventTime* NewestTimesOf(size_t piece) const {
    return newest_times_.begin() + piece * (kPieceSize + 1);
  }

  absl::Span<const Cdr> records_;
  size_t first_ = 0;  // place of these in the batch
  // By shard: room for all records, of which pages never written to cost nothing.
  std::vector<ZeroedArray<RoutedCall>> slots_;
  ZeroedArray<EventTime> newest_times_;
  std::vector<RoutedCall*> ends_;          // by shard
  std::vector<const RoutedCall*> bounds_;  // of each piece, by shard; the beginnings first
  // Before each piece and, behind it, up to its end.
  std::vector<EventTime> newest_ = std::vector<EventTime>(1);
  std::atomic<uint32_t> claimed_ = 0;    // pieces: those published, or one more
  std::atomic<uint32_t> published_ = 0;  // pieces
};

}  // namespace ringfence
