// What ScatteredLines does with many numbers at a time, as when a block becomes a dense one.
#include <algorithm>
#include <array>

#include "detector/scattered_lines.h"
#include "ingest/model/fetch.h"

namespace ringfence {

std::vector<ScatteredLines::Place> ScatteredLines::FindAll(uint64_t first, size_t count) const {
  constexpr size_t kGroup = 64;
  std::vector<Place> places;
  places.reserve(count);
  std::array<Search, kGroup> searches;
  FetchList<2 * kGroup> needed;
  const auto need = [&needed](const void* address) { needed.Add(address); };
  for (size_t done = 0; done < count; done += kGroup) {
    const size_t some = std::min(kGroup, count - done);
    for (size_t i = 0; i < some; ++i) {
      searches[i] = Begin(HashNumber(first + done + i));
      need(searches[i].bucket);
    }
    needed.Fetch();
    for (Search& search : absl::MakeSpan(searches).first(some)) {
      const CallLine* const line = Candidate(search, need);
      if (line != nullptr) {
        need(line);
      } else if (GoesOn(search)) {
        need(Behind(search, 1).bucket);
      } else {
        search.bucket = nullptr;  // it is not there
      }
    }
    needed.Fetch();
    for (size_t i = 0; i < some; ++i) {
      if (searches[i].bucket == nullptr) continue;
      const Place place = Locate(first + done + i, searches[i].hash);
      if (place.line != nullptr) places.push_back(place);
    }
  }
  return places;
}

void ScatteredLines::EraseAll(absl::Span<const Place> places) {
  std::array<std::vector<uint32_t>, kRegions> gaps;
  for (const Place& place : places) {
    const uint64_t hash = HashNumber(place.line->number());
    Unlink(hash, place);
    place.line->Clear();
    gaps[RegionOf(hash)].push_back(place.ref);
  }
  for (size_t region = 0; region < kRegions; ++region) CloseGaps(region, gaps[region]);
}

// Lines of kind kNone are gaps: those behind the end that will be go into those before it.
void ScatteredLines::CloseGaps(size_t region, absl::Span<const uint32_t> gaps) {
  const uint32_t end = lines_in_[region];
  const auto kept = static_cast<uint32_t>(end - gaps.size());
  std::vector<uint32_t> moved;
  for (uint32_t ref = kept; ref < end; ++ref) {
    if (lines_.At(region, ref).kind() != CallLine::Kind::kNone) moved.push_back(ref);
  }
  constexpr size_t kAhead = 16;
  size_t next = 0;  // of those that move
  for (const uint32_t gap : gaps) {
    if (gap >= kept) continue;
    if (next + kAhead < moved.size()) {
      Fetch(Begin(HashNumber(lines_.At(region, moved[next + kAhead]).number())).bucket);
    }
    MoveLine(region, moved[next++], gap);
  }
  lines_in_[region] = kept;
  GiveBackRuns(region);
}

}  // namespace ringfence
