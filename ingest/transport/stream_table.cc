#include "ingest/transport/stream_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ringfence {
namespace {

constexpr std::chrono::milliseconds kEvictEvery{1'000};

}  // namespace

StreamEntry* StreamTable::FindOrAdd(const StreamKey& key, TimePoint now) {
  if (StreamEntry* known = Find(key); known != nullptr) return known;
  if (streams_.size() >= max_streams_ && !EvictIdle(now)) return nullptr;
  return streams_.emplace(key, std::make_unique<StreamEntry>()).first->second.get();
}

StreamEntry* StreamTable::Find(const StreamKey& key) {
  auto found = streams_.find(key);
  return found == streams_.end() ? nullptr : found->second.get();
}

StreamEntry* StreamTable::OfSession(uint64_t session) {
  auto found = sessions_.find(session);
  return found == sessions_.end() ? nullptr : found->second;
}

bool StreamTable::EvictIdle(TimePoint now) {
  // The whole table is walked: a flood of HELLOs must not make that the only work.
  if (evicted_.has_value() && now - *evicted_ < kEvictEvery) return false;
  evicted_ = now;
  const size_t before = streams_.size();
  absl::erase_if(streams_, [&](auto& entry) {
    StreamEntry& stream = *entry.second;
    const bool idle = stream.state.accepted().next_seq == 0 && now - stream.heard >= idle_after_;
    if (idle) EndSession(stream);
    return idle;
  });
  return streams_.size() < before;
}

void StreamTable::BeginSession(StreamEntry& stream, StreamInfo info, std::string_view peer,
                               TimePoint now) {
  EndSession(stream);
  if (next_session_ == 0) ++next_session_;  // 0 means "none"
  stream.session = next_session_++;
  stream.peer.assign(peer);
  stream.heard = now;
  stream.info = std::make_shared<const StreamInfo>(std::move(info));
  sessions_[stream.session] = &stream;
}

void StreamTable::EndSession(StreamEntry& stream) {
  owed_.erase(stream.session);
  sessions_.erase(stream.session);
  stream.session = 0;
  stream.peer.clear();
  stream.nacked.reset();
  stream.welcome_owed = stream.ack_owed = stream.bye_owed = false;
}

void StreamTable::SetOwed(const StreamEntry& stream, bool owed) {
  if (owed) {
    owed_.insert(stream.session);
  } else {
    owed_.erase(stream.session);
  }
}

std::vector<KeyedPosition> StreamTable::Positions() const {
  std::vector<KeyedPosition> positions;
  for (const auto& [key, stream] : streams_) {
    const StreamPosition& acked = stream->state.acked();
    if (acked.next_seq > 0) positions.push_back({key, acked, stream->complete});
  }
  std::sort(positions.begin(), positions.end(),
            [](const KeyedPosition& a, const KeyedPosition& b) { return a.key < b.key; });
  return positions;
}

absl::Status StreamTable::Restore(const std::vector<KeyedPosition>& positions) {
  if (positions.size() > max_streams_) {
    return absl::FailedPreconditionError(
        absl::StrCat(positions.size(), " streams are to be restored, the limit is ", max_streams_));
  }
  for (const KeyedPosition& from : positions) {
    auto stream = std::make_unique<StreamEntry>();
    stream->state = StreamState(from.position);
    stream->complete = from.complete;
    streams_[from.key] = std::move(stream);
  }
  return absl::OkStatus();
}

void StreamTable::Erase(const StreamKey& key) {
  auto found = streams_.find(key);
  if (found == streams_.end()) return;
  EndSession(*found->second);
  streams_.erase(found);
}

}  // namespace ringfence
