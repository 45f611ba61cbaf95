#include "ingest/formats/field_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/time_text.h"

namespace ringfence {
namespace {

// The names that FreeSWITCH writes, after ITU-T Q.850.
constexpr std::array<std::pair<std::string_view, std::string_view>, 41> kCauses = {{
    {"UNALLOCATED_NUMBER", "1"},
    {"NO_ROUTE_TRANSIT_NET", "2"},
    {"NO_ROUTE_DESTINATION", "3"},
    {"CHANNEL_UNACCEPTABLE", "6"},
    {"CALL_AWARDED_DELIVERED", "7"},
    {"NORMAL_CLEARING", "16"},
    {"USER_BUSY", "17"},
    {"NO_USER_RESPONSE", "18"},
    {"NO_ANSWER", "19"},
    {"SUBSCRIBER_ABSENT", "20"},
    {"CALL_REJECTED", "21"},
    {"NUMBER_CHANGED", "22"},
    {"REDIRECTION_TO_NEW_DESTINATION", "23"},
    {"EXCHANGE_ROUTING_ERROR", "25"},
    {"DESTINATION_OUT_OF_ORDER", "27"},
    {"INVALID_NUMBER_FORMAT", "28"},
    {"FACILITY_REJECTED", "29"},
    {"RESPONSE_TO_STATUS_ENQUIRY", "30"},
    {"NORMAL_UNSPECIFIED", "31"},
    {"NORMAL_CIRCUIT_CONGESTION", "34"},
    {"NETWORK_OUT_OF_ORDER", "38"},
    {"NORMAL_TEMPORARY_FAILURE", "41"},
    {"SWITCH_CONGESTION", "42"},
    {"ACCESS_INFO_DISCARDED", "43"},
    {"REQUESTED_CHAN_UNAVAIL", "44"},
    {"FACILITY_NOT_SUBSCRIBED", "50"},
    {"OUTGOING_CALL_BARRED", "52"},
    {"INCOMING_CALL_BARRED", "54"},
    {"BEARERCAPABILITY_NOTAUTH", "57"},
    {"BEARERCAPABILITY_NOTAVAIL", "58"},
    {"SERVICE_UNAVAILABLE", "63"},
    {"BEARERCAPABILITY_NOTIMPL", "65"},
    {"FACILITY_NOT_IMPLEMENTED", "69"},
    {"SERVICE_NOT_IMPLEMENTED", "79"},
    {"INVALID_CALL_REFERENCE", "81"},
    {"INCOMPATIBLE_DESTINATION", "88"},
    {"INVALID_MSG_UNSPECIFIED", "95"},
    {"MANDATORY_IE_MISSING", "96"},
    {"RECOVERY_ON_TIMER_EXPIRE", "102"},
    {"PROTOCOL_ERROR", "111"},
    {"INTERWORKING", "127"},
}};

}  // namespace

std::string_view TrimField(std::string_view text) {
  return ToStd(absl::StripAsciiWhitespace(ToAbsl(text)));
}

std::string LowerField(std::string_view text) {
  return absl::AsciiStrToLower(ToAbsl(TrimField(text)));
}

bool IsDigitsField(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool LooksLikeTime(std::string_view text) {
  return ParseTime(text, absl::UTCTimeZone()).ok() && text.size() >= 9;
}

RecordFormat::Result RefuseQuoting(Refusal& refusal) {
  refusal = {RejectReason::kQuoting, std::string(RejectReasonText(RejectReason::kQuoting))};
  return RecordFormat::Result::kRefused;
}

RecordFormat::Result RefuseColumns(size_t columns, std::string_view expected, Refusal& refusal) {
  refusal = {
      RejectReason::kColumns,
      absl::StrCat("has ", columns, columns == 1 ? " column; " : " columns; ", ToAbsl(expected))};
  return RecordFormat::Result::kRefused;
}

std::string_view Q850OfName(std::string_view name) {
  const auto* found = std::find_if(kCauses.begin(), kCauses.end(),
                                   [&](const auto& cause) { return cause.first == name; });
  return found == kCauses.end() ? std::string_view() : found->second;
}

}  // namespace ringfence
