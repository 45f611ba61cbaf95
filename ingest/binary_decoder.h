// From a binary record to a CDR: docs/cdr-formats.md, "binary".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ingest/formats/record_format.h"
#include "ingest/model/cdr.h"

namespace ringfence {

struct DecodeOptions;

// Every field is checked: what a sender in another language or a damaged file holds is a valid CDR
// or a refusal. Immutable. Allocates nothing for a valid record whose CDR has the memory already.
class BinaryDecoder {
 public:
  // A size that IsBinaryRecordSize() allows.
  explicit BinaryDecoder(size_t record_bytes) : record_bytes_(record_bytes) {}

  size_t record_bytes() const { return record_bytes_; }

  // The call that stands in the record_bytes() bytes at `record`. False when there is none: then
  // `cdr` is undefined, and `refusal` says why.
  bool Decode(const char* record, const DecodeOptions& options, Cdr& cdr, Refusal& refusal) const;

  // The same for calls in their usual form, which are nearly all. False for anything else, be it a
  // call or not: Decode() decides then. What both decode they decode alike.
  bool DecodeQuickly(const char* record, const DecodeOptions& options, Cdr& cdr) const;

  // A record that its sender could not read.
  struct Unread {
    RejectReason reason = RejectReason::kLayout;
    std::string_view bytes;  // its beginning
    uint64_t length = 0;     // of the whole
  };
  // False when the record is none, or one that is not built as it should be.
  bool ReadUnread(const char* record, Unread& unread) const;

  // The header comes again where files were joined.
  bool IsHeader(const char* record) const;

 private:
  bool DecodeTimes(const char* record, const DecodeOptions& options, Cdr& cdr,
                   Refusal& refusal) const;
  bool DecodeTexts(const char* record, Cdr& cdr, Refusal& refusal) const;

  size_t record_bytes_;
};

}  // namespace ringfence
