// Where records go that can't be used.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ingest/model/reject_reason.h"

namespace ringfence {

// One refused record. The views live only during the call.
struct Reject {
  RejectReason reason = RejectReason::kColumns;
  std::string_view source;  // file or sender
  uint64_t offset = 0;      // of the record's first byte in the decoded text
  uint64_t line = 0;        // from 1
  std::string_view bytes;   // the record as it came; of one that is too long its beginning
  uint64_t length = 0;      // of the whole record in bytes, where that is more than bytes.size()
  std::string detail;       // what exactly: "calling '9.12E+11' looks like a spreadsheet's number"
  bool binary = false;      // the bytes are no text
};

// Told of every reject, in order; reading goes on. Not thread-safe.
class RejectSink {
 public:
  virtual ~RejectSink() = default;
  virtual void OnReject(const Reject& reject) = 0;
};

// Keeps what does not count. Not thread-safe.
class RejectKeeper : public RejectSink {
 public:
  // A CDR that could be read, printed as a canonical row, but came too late to count.
  virtual void OnLate(std::string_view source, std::string_view record) = 0;
};

}  // namespace ringfence
