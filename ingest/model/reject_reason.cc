#include "ingest/model/reject_reason.h"

#include <array>

namespace ringfence {
namespace {

struct Words {
  std::string_view name;
  std::string_view text;
};

constexpr std::array<Words, kRejectReasonCount> kWords = {{
    {"columns", "the row has too few or too many columns for its layout"},
    {"quoting", "a quote is not closed, or text follows a closing quote"},
    {"too-long", "the record is longer than the limit"},
    {"binary", "the record holds NUL or other control bytes"},
    {"json", "the line is not the JSON object that the layout needs"},
    {"missing-field", "calling number, called number or setup time is empty"},
    {"calling-number", "the calling number can't be normalised"},
    {"called-number", "the called number can't be normalised"},
    {"time", "a time can't be read"},
    {"implausible-time", "a time lies outside the accepted range"},
    {"time-order", "answer before setup, or release before answer"},
    {"cause", "the cause is no Q.850 or SIP code"},
    {"truncated", "the input ends inside the record"},
    {"poison", "the service died twice while it judged the record"},
    {"layout", "the binary record is not built as its version says"},
}};

}  // namespace

std::string_view RejectReasonName(RejectReason reason) {
  return kWords[static_cast<size_t>(reason)].name;
}

std::string_view RejectReasonText(RejectReason reason) {
  return kWords[static_cast<size_t>(reason)].text;
}

}  // namespace ringfence
