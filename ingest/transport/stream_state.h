// One stream at the receiver: which records were taken, and which of them are durable.
// Internal to ingest/transport; knows no socket and no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/transport/stream.h"
#include "ingest/transport/wire.h"

namespace ringfence {

// Invariants: acked() <= accepted(); the batches between them are exactly those that Accept() took
// and Ack() has not reached; each record is taken once.
class StreamState {
 public:
  enum class Verdict {
    kTaken,       // `taken` is the next batch
    kDuplicate,   // all of its records were taken before
    kGap,         // records before it are missing
    kPastCredit,  // it reaches beyond acked + credit
    kMalformed,   // it is not the records that it says
    kUncuttable,  // it overlaps what was taken and can't be cut
  };

  // The part of a Data that is new.
  struct Taken {
    uint64_t first_seq = 0;
    uint32_t count = 0;
    uint64_t offset = 0;
    std::string_view records;  // borrowed from the Data
    uint64_t repeated = 0;     // records cut off its beginning
  };

  StreamState() = default;
  explicit StreamState(const StreamPosition& position) : acked_(position), accepted_(position) {}

  // Judges the next Data of records of `record_bytes` each, of lines if 0; only kTaken changes the
  // state.
  Verdict Accept(const wire::Data& data, uint32_t credit, Taken& taken, size_t record_bytes = 0);

  // Returns the bytes that became durable; none when `next_seq` is not the end of a batch.
  std::optional<size_t> Ack(uint64_t next_seq);

  const StreamPosition& acked() const { return acked_; }
  const StreamPosition& accepted() const { return accepted_; }
  bool settled() const { return pending_.empty(); }

 private:
  struct Pending {
    StreamPosition end;
    size_t bytes = 0;
  };

  StreamPosition acked_;
  StreamPosition accepted_;
  std::vector<Pending> pending_;
};

}  // namespace ringfence
