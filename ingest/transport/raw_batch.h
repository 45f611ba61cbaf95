// What the receiver hands to the service: undecoded records with all that is needed to read them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ingest/transport/stream.h"

namespace ringfence {

// Who sent a batch and how it is read. Shared by the batches of one session.
struct StreamInfo {
  StreamKey key;
  FormatSpec format;
};

// Records first_seq … end.next_seq - 1, as they came.
struct RawBatch {
  std::shared_ptr<const StreamInfo> stream;
  uint64_t first_seq = 0;
  uint32_t count = 0;
  uint64_t offset = 0;  // of the first record in its file (decoded text)
  // `count` records, each ended by '\n'; a quoted field may hold more '\n'. Of a format whose
  // records have one size: so many bytes each, and no line ends.
  std::string records;
  StreamPosition end;  // the stream's position once this batch is durable
};

struct KeyedPosition {
  StreamKey key;
  StreamPosition position;
  bool complete = false;  // the sender said BYE and nothing came since
};

}  // namespace ringfence
