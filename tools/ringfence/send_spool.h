// `ringfence send --spool`: live records from standard input, safe on this machine until the
// service has them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "ingest/client/binary_translator.h"
#include "ingest/client/sender.h"
#include "ingest/client/spooled_sender.h"
#include "ingest/layout.h"
#include "tools/ringfence/options.h"
#include "tools/terminal/context.h"

namespace ringfence {

struct SpoolSendOptions {
  std::string folder;
  std::string stream = "live";
  uint64_t max_megabytes = 1024;
  bool standard_input = false;  // otherwise only what is in the spool is sent
  std::chrono::seconds patience{30};
  LayoutChoice layout;
  ReadingOptions reading;
  std::optional<BinaryOptions> binary;  // the records are made so
  SenderOptions sender;                 // an empty source: the spool's, or `host` for a new spool
  std::string host;
};

struct SpoolSent {
  uint64_t taken = 0;  // records of this call that were made durable in the spool
  uint64_t cut = 0;    // of these, too long: only their beginning
  SpoolState state;    // of all records that the spool was ever given
};

// Returns when the input has ended (or the program is interrupted) and the service has everything,
// or does not come a step further for `patience`. `sent` says how far it came, also with an error.
absl::Status SendSpool(const SpoolSendOptions& options, Context& context, SpoolSent& sent);

}  // namespace ringfence
