// Why a record was refused. One enum for all readers; the reconciliation counts by it. Snapshots
// and binary records hold the numbers: new ones come at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringfence {

enum class RejectReason : uint8_t {
  kColumns,          // the row has too few or too many columns for its layout
  kQuoting,          // a quote is not closed, or text follows a closing quote
  kTooLong,          // the record is longer than the limit
  kBinary,           // the record holds NUL or other control bytes
  kJson,             // the line is not the JSON object that the layout needs
  kMissingField,     // calling, called or setup time is empty
  kCallingNumber,    // the calling number can't be normalised
  kCalledNumber,     // the called number can't be normalised
  kTime,             // a time can't be read
  kImplausibleTime,  // a time lies outside the accepted range (1970, 2099, …)
  kTimeOrder,        // answer before setup, or release before answer
  kCause,            // the cause is no Q.850 or SIP code
  kTruncated,        // the input ends inside the record
  kPoison,           // the service died twice while it judged the record
  kLayout,           // a binary record is not built as its version says
};

inline constexpr size_t kRejectReasonCount = 15;

// The name in reports and files: "calling-number". Never empty.
std::string_view RejectReasonName(RejectReason reason);

// One sentence for people, in the words of the comments above.
std::string_view RejectReasonText(RejectReason reason);

}  // namespace ringfence
