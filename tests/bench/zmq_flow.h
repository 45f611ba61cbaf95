// Messages of records from a thread that sends to the thread that asks, over TCP on loopback, each
// end with a ZeroMQ context of its own, as two processes have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ingest/transport/raw_batch.h"
#include "tests/bench/carrier_traffic.h"
#include "tests/bench/record_encoding.h"

namespace ringfence {

// Made before the clock starts.
struct Messages {
  struct Message {
    std::string bytes;
    uint32_t records = 0;
  };
  std::vector<Message> all;
  uint64_t records = 0;
  uint64_t bytes = 0;
};

// The next `records` calls of the traffic, in messages of `message_bytes`; ids count on from
// `next_index`. The encoding's errors.
absl::StatusOr<Messages> MakeMessages(CarrierTraffic& traffic, uint64_t records,
                                      size_t message_bytes, const RecordEncoding& encoding,
                                      uint64_t& next_index);

// Microseconds from the first message's sending until the last one's receipt: PUSH and PULL as
// ZeroMQ has them, and nothing done with the messages.
absl::StatusOr<double> SendRaw(const Messages& messages);

// The same through ringfence's sender and receiver: numbered, checksummed, and acknowledged as a
// service does, those together that are there at once. Until the last batch is taken by `take`.
absl::StatusOr<double> SendAcknowledged(const Messages& messages, const FormatSpec& format,
                                        const std::function<absl::Status(const RawBatch&)>& take);

}  // namespace ringfence
