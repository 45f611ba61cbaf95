#include "detector/judge.h"

#include <algorithm>

namespace ringfence {
namespace {

Judgement JudgeNewest(const SlidingWindow& calls, bool exceeds, Episode& episode) {
  Judgement judgement;
  if (exceeds == episode.open) return judgement;
  episode.open = exceeds;
  const size_t newest = calls.size() - 1;
  if (exceeds) {
    judgement.opened = newest;
  } else {
    judgement.closed = newest;
    episode.covered = calls.newest();
  }
  return judgement;
}

}  // namespace

Judgement Judge(const SlidingWindow& calls, size_t inserted, size_t limit, Duration window,
                Episode& episode) {
  const size_t newest = calls.size() - 1;
  const bool newest_exceeds = calls.Exceeds(newest, limit, window);
  if (inserted == newest) return JudgeNewest(calls, newest_exceeds, episode);

  Judgement judgement;
  if (episode.open) return judgement;  // covers all that is past
  const EventTime from = calls[inserted];
  for (size_t i = std::max(inserted, limit); i <= newest; ++i) {
    if (!InWindow(from, calls[i], window)) break;
    if (!calls.Exceeds(i, limit, window)) continue;
    if (newest_exceeds) {
      if (episode.covered && calls[i] < *episode.covered) continue;
      judgement.opened = i;
      episode.open = true;
      return judgement;
    }
    if (episode.covered && calls[i] <= *episode.covered) {
      episode.covered = std::max(*episode.covered, calls[i + 1]);  // the newest doesn't exceed
      continue;
    }
    judgement.opened = i;
    size_t after = i + 1;
    while (calls.Exceeds(after, limit, window)) ++after;
    judgement.closed = after;
    episode.covered = calls.newest();
    return judgement;
  }
  return judgement;
}

}  // namespace ringfence
