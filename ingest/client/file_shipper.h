// Ships CDR files through a Sender. A file is its own spool: what is not acknowledged is read
// again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "ingest/client/binary_translator.h"
#include "ingest/client/sender.h"
#include "ingest/layout.h"

namespace ringfence {

struct ShipOptions {
  LayoutChoice layout;
  // As in FormatSpec.
  std::string country;
  std::string area;
  std::string numbers;
  std::string time_zone;
  // Sends the records as binary ones, read here as these options say. The receiver's account is the
  // same; an interrupted file goes on only with the same options.
  std::optional<BinaryOptions> binary = std::nullopt;

  // Payload of one message, about; a longer record makes a longer one.
  size_t batch_bytes = 256 * 1024;
};

struct ShipProgress {
  uint64_t bytes = 0;  // read, as stored
  std::optional<uint64_t> total_bytes;
  uint64_t records = 0;  // read; `acked` of them are durable at the receiver
  uint64_t acked = 0;
};

struct ShipReport {
  uint64_t records = 0;  // in the file; all are durable at the receiver
  uint64_t had = 0;      // of these, durable before this call
  uint64_t cut = 0;      // too long to be carried: only their beginning was sent
  uint64_t epoch = 0;    // of the stream; its name is the file's, without folders
};

// Returns when all records of the file are durable at the receiver. Sending a file again sends
// nothing; one that has grown sends what is new (docs/wire-protocol.md, "Files"). Header and layout
// are found as RecordFile does. Errors: those of reading, with the file's name (records in front of
// a damaged place are durable all the same), those of a record that can't be made binary
// (likewise), and those of Sender. `progress` is called now and then. Standard input can't be read
// again and is InvalidArgument.
absl::StatusOr<ShipReport> ShipFile(Sender& sender, const std::string& path,
                                    const ShipOptions& options,
                                    const std::function<void(const ShipProgress&)>& progress);

}  // namespace ringfence
