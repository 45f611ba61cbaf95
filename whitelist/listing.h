// The answer to "may this number be acted on?", with the proof that it is an answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/model/event_time.h"
#include "ingest/model/ids.h"
#include "ingest/model/phone_number.h"

namespace ringfence {

// Purpose class of a voice line. All but kOrdinary are protected: their numbers are never suspended
// or blocked by the machine (DESIGN.md, rule 2).
enum class LineClass : uint8_t { kOrdinary, kHospital, kGovernment, kUtility, kDisasterWarning };

enum class LineStatus : uint8_t { kActive, kWarned, kSuspended, kClosed };

// Why a number is protected whatever the lists say.
enum class Protection : uint8_t {
  kNone,
  kPublicService,   // emergency, public-service or carrier number, compiled in
  kProtectedClass,  // a ledger line of a protected class
};

// The list that answered, as its manifest names it.
struct ListVersion {
  uint64_t version = 0;  // of the record in the store
  uint64_t count = 0;    // entries of whitelist and ledger together
  std::string digest;    // hex; of both lists

  friend bool operator==(const ListVersion&, const ListVersion&) = default;
};

// The line that a number belongs to.
struct LineOwner {
  LineId line;
  CustomerId customer;
  LineClass line_class = LineClass::kOrdinary;
  LineStatus status = LineStatus::kActive;
  std::string industry;  // "loan", "property", "shares", …; may be empty

  friend bool operator==(const LineOwner&, const LineOwner&) = default;
};

// Everything the lists say of one number, at one version. There is no "unknown" here: a look-up
// that could not prove its answer returns an error instead of a Listing.
struct Listing {
  CallingNumber number;
  bool whitelisted = false;  // by an entry that stands at the time asked for
  Protection protection = Protection::kNone;
  std::optional<LineOwner> owner;  // none: not the carrier's line
  ListVersion list;
  EventTime read_at;  // when the lists were read

  // True when the machine must leave the number alone.
  bool Untouchable() const { return whitelisted || protection != Protection::kNone; }
};

std::string_view LineClassName(LineClass line_class);    // "hospital"
std::string_view LineStatusName(LineStatus status);      // "suspended"
std::string_view ProtectionName(Protection protection);  // "public-service"
std::vector<std::string> LineClassNames();               // all of them
std::optional<LineClass> LineClassFromName(std::string_view name);
std::optional<LineStatus> LineStatusFromName(std::string_view name);

}  // namespace ringfence
