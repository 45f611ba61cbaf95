// Records of any layout as binary ones (docs/cdr-formats.md, "binary"): for senders that have text
// and a service that has much to judge. Internal to ingest/client and `ringfence send`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ingest/cdr_decoder.h"
#include "ingest/layout.h"
#include "ingest/model/fixed_record.h"
#include "ingest/transport/stream.h"

namespace ringfence {

// How records are made binary before they are sent.
struct BinaryOptions {
  size_t record_bytes = kUsualBinaryRecord;
  // How the text is read. Its newest plausible time is the receiver's business: it has the clock.
  DecodeOptions decode;
};

// How the receiver reads them.
FormatSpec BinarySpec(const BinaryOptions& options);

// The receiver's account is the one that the text would have given: a record that can't be read is
// sent as one that was not read, with its reason. Not thread-safe.
class BinaryTranslator {
 public:
  // InvalidArgument: no such record size, or a layout that lacks what its format needs.
  static absl::StatusOr<BinaryTranslator> Create(const Layout& layout,
                                                 const BinaryOptions& options);

  // Appends the binary record. False for a header or a row of types, which is no record.
  // InvalidArgument: the trunk does not fit; the sentence says into which size it does.
  absl::StatusOr<bool> Take(const RawRecord& record, std::string& out);
  // The same for the record at the front of a text, in the quick way; returns where the next one
  // begins, or 0 where that way does not go.
  size_t TakeQuickly(std::string_view text, std::string& out);

  size_t record_bytes() const { return record_bytes_; }

 private:
  BinaryTranslator(CdrDecoder decoder, size_t record_bytes)
      : decoder_(std::move(decoder)), record_bytes_(record_bytes) {}

  CdrDecoder decoder_;
  size_t record_bytes_;
  CdrBatch batch_;  // of one
};

}  // namespace ringfence
