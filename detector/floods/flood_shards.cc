#include "detector/floods/flood_shards.h"

#include <algorithm>
#include <utility>

namespace ringfence {

FloodShards::FloodShards(const DetectorOptions& options,
                         const std::shared_ptr<const SubjectDirectory>& directory)
    : set_(std::make_unique<FloodSet>(*options.flood, options)),
      router_(*set_, options.shards),
      parts_(options.shards) {
  for (size_t i = 0; i < options.shards; ++i) {
    trackers_.push_back(std::make_unique<FloodTracker>(*set_, directory));
  }
}

void FloodShards::Judge(size_t shard, absl::Span<const Cdr> calls, size_t first,
                        std::optional<EventTime> newest, std::vector<Found>& found) {
  FloodPart& part = parts_[shard];
  router_.Route(calls, first, newest, shard, part);
  trackers_[shard]->Consume(part.calls, found);
  trackers_[shard]->SweepWhenDue(part.newest);
}

// All shards have seen the same ones.
void FloodShards::CountLate() {
  late_ += parts_[0].late;
  for (FloodPart& part : parts_) part.late = 0;
}

void FloodShards::SetDirectory(const std::shared_ptr<const SubjectDirectory>& directory) {
  for (const auto& tracker : trackers_) tracker->SetDirectory(directory);
}

void FloodShards::Write(EventTime newest, ByteWriter& writer) {
  std::vector<FloodTracker::HeldCall> calls;
  std::vector<FloodTracker::HeldEpisode> episodes;
  for (const auto& tracker : trackers_) tracker->Collect(newest, calls, episodes);
  std::stable_sort(calls.begin(), calls.end(), [](const auto& a, const auto& b) {
    return a.called != b.called ? a.called < b.called : a.call.time < b.call.time;
  });
  std::sort(episodes.begin(), episodes.end(),
            [](const auto& a, const auto& b) { return a.called < b.called; });
  ByteWriter numbers;
  uint64_t count = 0;
  uint64_t previous = 0;
  auto episode = episodes.begin();
  for (auto call = calls.begin(); call != calls.end() || episode != episodes.end(); ++count) {
    const bool has_calls =
        episode == episodes.end() || (call != calls.end() && call->called <= episode->called);
    const uint64_t called = has_calls ? call->called : episode->called;
    const auto first = call;
    while (call != calls.end() && call->called == called) ++call;
    const bool has_episode = episode != episodes.end() && episode->called == called;
    numbers.Varint(called - std::exchange(previous, called));
    WriteNumber(absl::MakeConstSpan(calls).subspan(static_cast<size_t>(first - calls.begin()),
                                                   static_cast<size_t>(call - first)),
                has_episode ? (episode++)->episode : Episode{}, numbers);
  }
  writer.Varint(late_);
  writer.Varint(count);
  writer.Raw(numbers.bytes());
}

void FloodShards::WriteNumber(absl::Span<const FloodTracker::HeldCall> calls,
                              const Episode& episode, ByteWriter& writer) {
  writer.Varint(calls.size());
  int64_t before = 0;
  for (const FloodTracker::HeldCall& held : calls) {
    const int64_t micros = ToUnixMicros(held.call.time);
    writer.Varint(static_cast<uint64_t>(micros) -
                  static_cast<uint64_t>(std::exchange(before, micros)));
    writer.Varint(held.call.caller);
  }
  writer.Byte(static_cast<uint8_t>((episode.open ? 1 : 0) | (episode.covered ? 2 : 0)));
  if (episode.covered) writer.Signed(ToUnixMicros(*episode.covered));
}

bool FloodShards::Read(ByteReader& reader, EventTime newest, bool with_episodes) {
  late_ = reader.Varint();
  const uint64_t count = reader.Count();
  uint64_t called = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t distance = reader.Varint();
    if (!reader.ok() || distance == 0 || called + distance < called) return false;
    called += distance;
    if (!ReadNumber(called, reader, newest, with_episodes)) return false;
  }
  return reader.ok();
}

bool FloodShards::ReadNumber(uint64_t called, ByteReader& reader, EventTime newest,
                             bool with_episodes) {
  std::vector<ReceivedCall> calls;
  const uint64_t count = reader.Count();
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    const int64_t before = i == 0 ? 0 : ToUnixMicros(calls.back().time);
    const auto micros = static_cast<int64_t>(static_cast<uint64_t>(before) + reader.Varint());
    if ((i > 0 && micros < before) || FromUnixMicros(micros) > newest) return false;
    calls.push_back({FromUnixMicros(micros), reader.Varint()});
  }
  const uint8_t flags = reader.Byte();
  if (flags > 3) return false;
  Episode episode;
  episode.open = (flags & 1) != 0;
  if ((flags & 2) != 0) episode.covered = FromUnixMicros(reader.Signed());
  if (!reader.ok()) return false;
  if (!with_episodes) episode = {};
  trackers_[FloodRouter::ShardOf(called, trackers_.size())]->Add(called, std::move(calls), episode,
                                                                 newest);
  return true;
}

FloodCounts FloodShards::counts() const {
  FloodCounts sum;
  for (const auto& tracker : trackers_) {
    const FloodCounts counts = tracker->counts();
    sum.numbers += counts.numbers;
    sum.calls += counts.calls;
    sum.memory_bytes += counts.memory_bytes;
    sum.open_alerts += counts.open_alerts;
  }
  for (const FloodPart& part : parts_) {
    sum.memory_bytes += part.calls.capacity() * sizeof part.calls[0];
  }
  return sum;
}

}  // namespace ringfence
