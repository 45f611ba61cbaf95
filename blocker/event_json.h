// The bodies of feed entries; their keys stand in docs/work-orders.md.
#pragma once

#include <string>
#include <string_view>

#include "blocker/action.h"
#include "blocker/work_order.h"

namespace ringfence {

// Each is one JSON object on one line, never empty; EventLog adds seq, type and time.
std::string ActionEventFields(const ActionRecord& record, std::optional<ActionState> from);
std::string OrderEventFields(const WorkOrder& order, std::string_view change,
                             std::string_view person, std::string_view note);
std::string AlarmEventFields(std::string_view name, std::string_view text);

}  // namespace ringfence
