// What a sender ships: a named sequence of raw records, and how they are to be read.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/hash/hash.h"

namespace ringfence {

// Names one sequence of records, numbered from 0, for good. The same key always means the same
// records; whatever else comes under the same name gets another epoch.
struct StreamKey {
  std::string source;  // who sends: "msc-01"
  std::string stream;  // what: a file's name, or "live"
  uint64_t epoch = 0;

  friend auto operator<=>(const StreamKey&, const StreamKey&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const StreamKey& key) {
    return H::combine(std::move(state), key.source, key.stream, key.epoch);
  }
};

// How the records of a stream are read. Each field as on the command line; empty: the receiver's
// own default, except `format`, which is always concrete (never "auto").
struct FormatSpec {
  std::string format;     // "canonical", "kamailio-flatstore", …
  std::string header;     // the header line of a file without its line end; empty: there is none
  std::string columns;    // column mapping of --columns
  std::string delimiter;  // one character
  std::string country;    // "86"
  std::string area;       // "631"
  std::string numbers;    // "auto" or "e164"
  std::string time_zone;  // "Asia/Shanghai"

  friend bool operator==(const FormatSpec&, const FormatSpec&) = default;
};

// How far a stream has come: everything before is durable at the receiver.
struct StreamPosition {
  uint64_t next_seq = 0;     // number of the first record that is missing
  uint64_t next_offset = 0;  // its first byte in the decoded text; 0 while next_seq is 0
  uint32_t content_crc = 0;  // CRC32C of all records before it, with their line ends

  friend bool operator==(const StreamPosition&, const StreamPosition&) = default;
};

}  // namespace ringfence
