// Records on their way from the thread that routes them to those that judge them, piece by piece.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "detector/routed_call.h"
#include "ingest/model/event_time.h"
#include "ingest/model/huge_pages.h"

namespace ringfence {

// One thread at a time routes; those that judge may begin with a piece while it routes the next.
class RoutedPieces {
 public:
  explicit RoutedPieces(size_t shards) : slots_(shards), ends_(shards) {}

  // Forgets all pieces, and makes room for others with so many records of the batch, before which
  // the whole input's newest setup time was `newest`. Nobody else may be at it.
  void Begin(const Cdr* batch, size_t records, size_t pieces, EventTime newest);

  // True: this piece is the next one, and the caller's to route. Any thread.
  bool Claim(size_t piece);
  // For the thread that routes: where the next call of each shard goes, to be moved on behind it.
  absl::Span<RoutedCall*> ends() { return absl::MakeSpan(ends_); }
  // Up to the end of what is published: setup time of the whole input.
  EventTime newest() const { return newest_[published_.load(std::memory_order_relaxed)]; }
  // Ends a piece. `newest`: up to here.
  void Publish(EventTime newest);

  // The calls of a shard: waits until that piece is published. Any thread.
  RoutedPiece Await(size_t piece, size_t shard) const;

 private:
  // By shard: room for all records, of which pages never written to cost nothing.
  std::vector<ZeroedArray<RoutedCall>> slots_;
  std::vector<RoutedCall*> ends_;          // by shard
  std::vector<const RoutedCall*> bounds_;  // of each piece, by shard; the beginnings first
  const Cdr* batch_ = nullptr;
  std::vector<EventTime> newest_;        // before each piece and, behind it, up to its end
  std::atomic<uint32_t> claimed_ = 0;    // pieces: those published, or one more
  std::atomic<uint32_t> published_ = 0;  // pieces
};

}  // namespace ringfence
