// A CDR as a binary record of a fixed size, version 1: docs/cdr-formats.md, "binary".
//
//   std::string records;
//   RF_RETURN_IF_ERROR(AppendBinaryRecord(cdr, kUsualBinaryRecord, records));
//   // format "binary", header BinaryHeader(kUsualBinaryRecord)
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "ingest/model/cdr.h"
#include "ingest/model/fixed_record.h"
#include "ingest/model/reject_reason.h"

namespace ringfence {

// Where the fields stand. Integers are little-endian.
namespace binary {
inline constexpr size_t kCallingAt = 0;      // u64, PhoneNumber::packed()
inline constexpr size_t kCalledAt = 8;       // u64
inline constexpr size_t kSetupAt = 16;       // i64, microseconds since the Unix epoch
inline constexpr size_t kAnswerAt = 24;      // i64 or kNoTime
inline constexpr size_t kReleaseAt = 32;     // i64 or kNoTime
inline constexpr size_t kCauseAt = 40;       // u16
inline constexpr size_t kSchemeAt = 42;      // u8, Cause::Scheme
inline constexpr size_t kKindAt = 43;        // u8, Kind
inline constexpr size_t kIdBytesAt = 44;     // u16
inline constexpr size_t kTrunkBytesAt = 46;  // u16
inline constexpr size_t kTextAt = 48;        // the id, the trunk, zeros to the end

inline constexpr int64_t kNoTime = std::numeric_limits<int64_t>::min();
inline constexpr size_t kKeyBytes = 16;

enum Kind : uint8_t {
  kCall = 0,      // the id, or without one the five fields, identify it
  kCallerCall,    // id and calling number do
  kKeyedCall,     // the key does, 16 bytes in front of the text; the id's end is cut off
  kUnreadRecord,  // no call: the sender could not read its record
};
}  // namespace binary

// Appends the record of a valid CDR. Its identity stays that of cdr.key, or is made from the fields
// where the key is RecordKey{}. An id that does not fit is cut and stands with its key, so that no
// caller can make a record that can't be carried. InvalidArgument, and nothing is appended: a
// trunk that does not fit (the sentence says the size that it needs), or no valid CDR. record_bytes
// is one that IsBinaryRecordSize() allows.
absl::Status AppendBinaryRecord(const Cdr& cdr, size_t record_bytes, std::string& out);

// Appends what stands for a record that can't be read: its reject is counted and kept where the
// records arrive, with its reason, as many of its bytes as there is room for, and its length.
void AppendUnreadRecord(RejectReason reason, std::string_view bytes, uint64_t length,
                        size_t record_bytes, std::string& out);

}  // namespace ringfence
