// One number that is allowed to call much, with who says so and why.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "ingest/model/event_time.h"
#include "ingest/model/phone_number.h"

namespace ringfence {

// True in [added, expires).
inline bool StandsAt(EventTime added, const std::optional<EventTime>& expires, EventTime now) {
  return now >= added && (!expires.has_value() || now < *expires);
}

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

  bool StandsAt(EventTime now) const { return ringfence::StandsAt(added, expires, now); }
  friend bool operator==(const WhitelistEntry&, const WhitelistEntry&) = default;
};

// InvalidArgument says which field can't be kept: an empty number, an end before the begin, text
// that holds control characters, starts or ends with a blank, is no UTF-8 or is too long.
absl::Status CheckEntry(const WhitelistEntry& entry);

}  // namespace ringfence
