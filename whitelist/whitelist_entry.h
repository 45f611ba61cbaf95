// One number that is allowed to call much, with who says so and why.
#pragma once

#include <optional>
#include <string>

#include "ingest/model/event_time.h"
#include "ingest/model/phone_number.h"

namespace ringfence {

// Only `number` is needed for the entry to stand: what is missing of the rest is a finding of the
// audit (audit.h), not a reason to suspend a hospital. Times have whole milliseconds.
struct WhitelistEntry {
  CallingNumber number;
  std::string scope;      // what it is allowed to do: "outbound", "verification codes", …
  std::string reason;     // why
  std::string evidence;   // a document's number or link
  std::string requester;  // who asked for it
  std::string approver;   // who allowed it; must be someone else
  EventTime added;        // first instant at which the entry stands
  std::optional<EventTime> expires;  // first instant at which it no longer stands; none: never

  bool StandsAt(EventTime now) const {
    return now >= added && (!expires.has_value() || now < *expires);
  }
  friend bool operator==(const WhitelistEntry&, const WhitelistEntry&) = default;
};

}  // namespace ringfence
