// How far a receiver has acknowledged the records of a spool, in a small file beside them: what a
// sender that is started again knows of it before the receiver answers. Internal to ingest/client.
//
//   "RFACKED1"  8 bytes
//   epoch       8 bytes, of the spool's stream
//   next_seq    8 bytes: everything before this record was acknowledged
//   crc         4 bytes: CRC32C of all before
//
// Integers have their lowest byte first.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "ingest/journal/disk.h"

namespace ringfence {

struct AckMark {
  uint64_t epoch = 0;
  uint64_t next_seq = 0;
};

// Replaces the mark that is there. It is not synced: a power cut leaves this one, an older one, or
// none, and each is true, for what was acknowledged stays so.
absl::Status WriteAckMark(Disk& disk, const AckMark& mark);
// None when there is none, or none that can be read: then nothing is known.
std::optional<AckMark> ReadAckMark(Disk& disk);

}  // namespace ringfence
