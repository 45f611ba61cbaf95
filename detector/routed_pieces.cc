#include "detector/routed_pieces.h"

#include <algorithm>

#include "detector/await_change.h"

namespace ringfence {

void RoutedPieces::Begin(absl::Span<const Cdr> batch, size_t begin, size_t end, EventTime newest) {
  const size_t shards = slots_.size();
  records_ = batch.subspan(begin, end - begin);
  first_ = begin;
  const size_t pieces = (records_.size() + kPieceSize - 1) / kPieceSize;
  newest_.assign(pieces + 1, newest);
  bounds_.resize((pieces + 1) * shards);
  const size_t room = pieces * (kPieceSize + 1);
  if (newest_times_.size() < room) newest_times_ = ZeroedArray<EventTime>(room);
  for (size_t shard = 0; shard < shards; ++shard) {
    ZeroedArray<RoutedCall>& slots = slots_[shard];
    if (slots.size() < records_.size()) slots = ZeroedArray<RoutedCall>(records_.size());
    ends_[shard] = slots.begin();
    bounds_[shard] = slots.begin();
  }
  claimed_.store(0, std::memory_order_relaxed);
  published_.store(0, std::memory_order_relaxed);
}

bool RoutedPieces::Claim(size_t piece) {
  auto claimed = static_cast<uint32_t>(piece);
  // What was written before that piece is seen from here on.
  if (published_.load(std::memory_order_acquire) != claimed) return false;
  return claimed_.compare_exchange_strong(claimed, claimed + 1, std::memory_order_relaxed);
}

RoutedPieces::Ends RoutedPieces::EndsOf(size_t piece) {
  EventTime* const newest = NewestTimesOf(piece);
  *newest = newest_[piece];
  return {absl::MakeSpan(ends_), newest};
}

void RoutedPieces::Publish(EventTime newest) {
  const size_t piece = published_.load(std::memory_order_relaxed);
  newest_[piece + 1] = newest;
  std::copy(ends_.begin(), ends_.end(),
            bounds_.begin() + static_cast<ptrdiff_t>((piece + 1) * ends_.size()));
  published_.store(static_cast<uint32_t>(piece + 1), std::memory_order_release);
  published_.notify_all();
}

RoutedPiece RoutedPieces::Await(size_t piece, size_t shard) const {
  uint32_t published = published_.load(std::memory_order_acquire);
  while (published <= piece) published = AwaitChange(published_, published);
  const RoutedCall* const* const begin = &bounds_[piece * slots_.size() + shard];
  const RoutedCall* const* const end = begin + slots_.size();
  return {{*begin, static_cast<size_t>(*end - *begin)},
          RecordsOf(piece).data(),
          static_cast<uint32_t>(FirstOf(piece)),
          NewestTimesOf(piece),
          newest_[piece + 1]};
}

}  // namespace ringfence
