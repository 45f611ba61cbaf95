// The receiver's streams and their sessions. Internal to ingest/transport; knows no socket and no
// clock.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "ingest/transport/raw_batch.h"
#include "ingest/transport/stream_state.h"

namespace ringfence {

struct StreamEntry {
  StreamState state;
  std::shared_ptr<const StreamInfo> info;  // of the present session
  uint64_t session = 0;                    // 0: no sender
  std::string peer;                        // its routing id
  std::chrono::steady_clock::time_point heard;
  std::optional<uint64_t> nacked;  // the record that was asked for; asked once
  bool complete = false;
  // Answers that wait: for durability, or for room in the peer's queue.
  bool welcome_owed = false;
  bool ack_owed = false;
  bool bye_owed = false;
};

// Pointers to entries stay good until the entry is erased or evicted.
class StreamTable {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  StreamTable(size_t max_streams, std::chrono::milliseconds idle_after, uint64_t session_seed)
      : max_streams_(max_streams), idle_after_(idle_after), next_session_(session_seed) {}

  // nullptr: the table is full and no idle stream makes room.
  StreamEntry* FindOrAdd(const StreamKey& key, TimePoint now);
  StreamEntry* Find(const StreamKey& key);
  StreamEntry* OfSession(uint64_t session);

  // Ends the stream's session if it has one, and gives it a new one of this peer.
  void BeginSession(StreamEntry& stream, StreamInfo info, std::string_view peer, TimePoint now);
  void EndSession(StreamEntry& stream);

  // Sessions that something is owed to, oldest first: an order that a repeated run has too.
  void SetOwed(const StreamEntry& stream, bool owed);
  std::vector<uint64_t> Owed() const { return {owed_.begin(), owed_.end()}; }
  bool AnythingOwed() const { return !owed_.empty(); }

  std::vector<KeyedPosition> Positions() const;
  absl::Status Restore(const std::vector<KeyedPosition>& positions);
  void Erase(const StreamKey& key);

 private:
  bool EvictIdle(TimePoint now);

  const size_t max_streams_;
  const std::chrono::milliseconds idle_after_;
  uint64_t next_session_;
  absl::flat_hash_map<StreamKey, std::unique_ptr<StreamEntry>> streams_;
  absl::flat_hash_map<uint64_t, StreamEntry*> sessions_;
  std::set<uint64_t> owed_;
  std::optional<TimePoint> evicted_;
};

}  // namespace ringfence
