// One entry of the journal as bytes. docs/journal-format.md is the contract.
//
//   offset  bytes
//   0       4      "RFJE"
//   4       4      length of the body
//   8       4      CRC32C of the segment's salt, bytes 0..8, 12..40 and the body
//   12      4      CRC of the frame before: a chain over all frames of a journal
//   16      8      number of the entry (lsn), from 1
//   24      8      when the batch was received, microseconds since 1970
//   32      8      last entry that was durable when this one was written
//   40             body, filled up with zeros to a multiple of 8
//
// Integers have their lowest byte first.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "ingest/model/event_time.h"
#include "ingest/transport/raw_batch.h"

namespace ringfence {

struct JournalEntry {
  uint64_t lsn = 0;
  EventTime received_at;
  RawBatch batch;
};

struct FrameHeader {
  static constexpr size_t kBytes = 40;

  uint32_t body_bytes = 0;
  uint32_t crc = 0;
  uint32_t previous_crc = 0;
  uint64_t lsn = 0;
  EventTime received_at;
  uint64_t durable_lsn = 0;

  // With the filling.
  uint64_t FrameBytes() const { return kBytes + ((uint64_t{body_bytes} + 7) & ~uint64_t{7}); }
};

// Appends the frame of a batch; fills in body_bytes and crc. `salt` is the segment's: a sender that
// does not know it cannot write records that look like frames.
void AppendFrame(uint64_t salt, FrameHeader& header, const RawBatch& batch, std::string& out);

// True when a whole, undamaged frame of a segment with that salt begins here. `body` is a part of
// `bytes`.
bool ReadFrame(uint64_t salt, std::string_view bytes, FrameHeader& header, std::string_view& body);

// Makes batches of bodies. Batches of one session follow each other and share their StreamInfo.
class BodyReader {
 public:
  // DataLoss for a body that no batch was made to. Replaces the content of `batch`.
  absl::Status Read(std::string_view body, RawBatch& batch);

 private:
  std::string info_bytes_;
  std::shared_ptr<const StreamInfo> info_;  // what they say
};

}  // namespace ringfence
