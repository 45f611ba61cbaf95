// A call detail record: one call attempt, answered or not.
#pragma once

#include <compare>
#include <cstdint>
#include <utility>

#include "ingest/model/event_time.h"
#include "ingest/model/ids.h"
#include "ingest/model/maybe_time.h"
#include "ingest/model/phone_number.h"

namespace ringfence {

// Why a call ended, as the switch wrote it.
struct Cause {
  enum class Scheme : uint8_t {
    kNone,  // no cause in the record
    kQ850,  // ITU-T Q.850, 1 to 127
    kSip,   // SIP final status, 200 to 699
  };
  Scheme scheme = Scheme::kNone;
  uint16_t code = 0;

  friend bool operator==(const Cause&, const Cause&) = default;
};

// Whether there is such a cause.
inline bool IsDefined(const Cause& cause) {
  switch (cause.scheme) {
    case Cause::Scheme::kNone:
      return cause.code == 0;
    case Cause::Scheme::kQ850:
      return cause.code >= 1 && cause.code <= 127;
    case Cause::Scheme::kSip:
      return cause.code >= 200 && cause.code <= 699;
  }
  return false;
}

// What makes two records the same call attempt: a 128-bit digest of the record id, or, where there
// is none, of calling, called, setup, release and trunk. Not secret, not for security.
struct RecordKey {
  uint64_t high = 0;
  uint64_t low = 0;

  friend auto operator<=>(const RecordKey&, const RecordKey&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const RecordKey& key) {
    return H::combine(std::move(state), key.low);  // already uniform
  }
};

struct Cdr {
  RecordKey key;
  CallingNumber calling;
  CalledNumber called;
  EventTime setup;   // seizure
  MaybeTime answer;  // none: the call was not answered
  MaybeTime release;
  Cause cause;
  TrunkGroupId trunk;  // may be empty
  RecordId record_id;  // may be empty
};

}  // namespace ringfence
