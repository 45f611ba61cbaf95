#include "detector/routed_pieces.h"

#include <algorithm>

#include "detector/await_change.h"

namespace ringfence {

void RoutedPieces::Begin(const Cdr* batch, size_t records, size_t pieces, EventTime newest) {
  const size_t shards = slots_.size();
  if (bounds_.size() < (pieces + 1) * shards) bounds_.resize((pieces + 1) * shards);
  if (newest_.size() < pieces + 1) newest_.resize(pieces + 1);
  newest_[0] = newest;
  batch_ = batch;
  for (size_t shard = 0; shard < shards; ++shard) {
    ZeroedArray<RoutedCall>& slots = slots_[shard];
    if (slots.size() < records) slots = ZeroedArray<RoutedCall>(records);
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
  return {{*begin, static_cast<size_t>(*end - *begin)}, batch_, newest_[piece + 1]};
}

}  // namespace ringfence
