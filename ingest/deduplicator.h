// Tells the first of a record from its repetitions.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"
#include "ingest/model/huge_pages.h"

namespace ringfence {

// Remembers record keys for at least `horizon` of event time, in generations of a third of it: when
// the newest setup time has moved on by a third, a generation is begun and the fifth oldest is
// forgotten as a whole. A repetition is recognised for certain while the newest setup time is at
// most `horizon` ahead of what it was when the first copy came.
//
// Exact but for collisions of 128-bit digests. Memory: about 30 bytes a record, for at most 4/3 of
// the horizon. Not thread-safe. Deterministic: a function of the keys and times it was given.
class Deduplicator {
 public:
  // horizon: more than 0, at least the lateness of the detector (an older copy is late anyway).
  explicit Deduplicator(Duration horizon);

  // A record with this key comes soon: fetches into the cache what IsFirst() looks at.
  void Prefetch(const RecordKey& key) const {
    for (const Keys& generation : generations_) {
      if (!generation.empty()) generation.prefetch(key);
    }
  }

  // True for the first record with this key.
  bool IsFirst(const RecordKey& key, EventTime setup);

  size_t size() const;  // keys remembered

  // Versioned bytes with a checksum; the same state gives the same bytes.
  std::string Snapshot() const;
  // Goes on with what is remembered, also under another horizon: that one counts from now on; keys
  // that were forgotten do not come back. DataLoss for damaged bytes, InvalidArgument for another
  // version.
  static absl::StatusOr<Deduplicator> Restore(std::string_view bytes, Duration horizon);

 private:
  static constexpr size_t kGenerations = 4;
  using Keys = absl::flat_hash_set<RecordKey, absl::Hash<RecordKey>, std::equal_to<RecordKey>,
                                   HugePageAllocator<RecordKey>>;

  void Advance(EventTime setup);

  Duration horizon_;
  std::optional<EventTime>
      begin_;  // newest setup time when generation 0 began; none before the first
  std::array<Keys, kGenerations> generations_;  // 0 is the current one
};

}  // namespace ringfence
