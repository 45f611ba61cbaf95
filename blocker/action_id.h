// Ids that follow from the cause, so that a replay makes the same ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "detector/model/detection.h"
#include "ingest/model/event_time.h"
#include "ingest/model/ids.h"
#include "ingest/model/phone_number.h"

namespace ringfence {

// 32 lower-case hex digits: XXH3-128 (seed 0, canonical big-endian form) of the bytes
//
//   "ringfence.action.1"  rule  version  kind  subject  level  opened
//
// where texts (the first item, rule, subject) are a u32 length and their bytes, version is u32,
// kind (0 number, 1 line, 2 customer, 3 called number) and level (0 warning, 1 alert) are u8,
// opened is the episode's opening time as i64 microseconds since 1970 UTC; all integers
// little-endian; subject is the number as PhoneNumber::ToString() prints it, or the name of the
// line or customer. The listing and the kind of action are not in it: an action that is held first
// and dispatched later keeps its id.
//
// `detection` must be one that opened an episode.
ActionId MakeActionId(const Detection& detection);

// The same of a person's order: "ringfence.manual.1"  number  kind  person  at, where kind is the
// action's name ("suspend") and `at` is when it was ordered.
ActionId MakeManualActionId(CallingNumber number, std::string_view kind, std::string_view person,
                            EventTime at);

// "WO-20261124-7KQ2MD": the calendar day of `opened` at the UTC offset `day_offset`, and 30 bits of
// XXH3-128 over the texts "ringfence.order.1" and action id, and `attempt` (u32), encoded as above,
// in Crockford's base 32. Two causes of one day can meet in 30 bits: the store then asks for the
// next attempt, from 0.
WorkOrderId MakeWorkOrderId(const ActionId& cause, EventTime opened, Duration day_offset,
                            uint32_t attempt);

}  // namespace ringfence
