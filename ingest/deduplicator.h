// Tells the first of a record from its repetitions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "ingest/key_table.h"
#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"

namespace ringfence {

// Remembers record keys for at least `horizon` of event time, in generations of a third of it: when
// the newest setup time has moved on by a third, a generation is begun and the fifth oldest is
// forgotten as a whole. A repetition is recognised for certain while the newest setup time is at
// most `horizon` ahead of what it was when the first copy came.
//
// Exact but for collisions of 128-bit digests. Memory: 25 to 30 bytes a record, for at most 4/3 of
// the horizon. Not thread-safe. Deterministic: a function of the keys and times it was given.
class Deduplicator {
 public:
  // horizon: at least the lateness of the detector (an older copy is late anyway); or 0: nothing is
  // remembered, and every record is a first one.
  explicit Deduplicator(Duration horizon);

  // True for the first record with this key.
  bool IsFirst(const RecordKey& key, EventTime setup);
  // Takes out the repetitions, as IsFirst() says of one record after the other, but faster.
  void DropRepetitions(std::vector<Cdr>& cdrs);

  // `records` will come in all, and those so far took `span` of event time: makes the table large
  // enough at once for as many as will be remembered at a time if it goes on like that. Figures
  // that are wrong cost speed or memory, and nothing else.
  void Expect(uint64_t records, Duration span);

  size_t size() const;  // keys remembered
  // Where they lie, nearly all. Good until the next change.
  void AppendRegions(MemoryRegions& regions) const { keys_.AppendRegions(regions); }

  // Versioned bytes with a checksum; the same state gives the same bytes.
  std::string Snapshot() const;
  // Goes on with what is remembered, also under another horizon: that one counts from now on; keys
  // that were forgotten do not come back. DataLoss for damaged bytes, InvalidArgument for another
  // version.
  static absl::StatusOr<Deduplicator> Restore(std::string_view bytes, Duration horizon);

 private:
  void Advance(EventTime setup);
  void Fetch(absl::Span<const Cdr> cdrs) const;
  void InsertAll(std::string_view keys);

  Duration horizon_;
  // The newest setup time when the newest generation began; none before the first.
  std::optional<EventTime> begin_;
  KeyTable keys_;
};

}  // namespace ringfence
