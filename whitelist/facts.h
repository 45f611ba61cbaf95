// What the lists hold of one number, in the form that Redis stores and the digest covers, and how a
// Listing follows from it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ingest/model/event_time.h"
#include "ingest/model/phone_number.h"
#include "whitelist/ledger.h"
#include "whitelist/listing.h"
#include "whitelist/whitelist_entry.h"

namespace ringfence {

// The part of a whitelist entry that decides.
struct EntryFacts {
  EventTime added;
  std::optional<EventTime> expires;
  std::string scope;

  friend bool operator==(const EntryFacts&, const EntryFacts&) = default;
};

struct NumberFacts {
  std::optional<EntryFacts> entry;  // none: not on the whitelist
  std::optional<LineOwner> owner;   // none: in no ledger line
};

// The one rule that merges whitelist entry, protected floor and ledger owner.
Listing MakeListing(CallingNumber number, const NumberFacts& facts, const ListVersion& list,
                    EventTime now);

// JSON, one form for one value: {"added":1795482900000,"expires":…,"scope":"…"} with Unix
// milliseconds, and {"line":"…","customer":"…","class":"…","status":"…","industry":"…"}.
std::string EncodeEntry(const WhitelistEntry& entry);
std::string EncodeOwner(const VoiceLine& line);
// DataLoss when the text is not what Encode… writes.
absl::StatusOr<EntryFacts> DecodeEntry(std::string_view text);
absl::StatusOr<LineOwner> DecodeOwner(std::string_view text);

// All of a line or an entry as one JSON object with readable values, for the record of changes.
std::string DescribeLine(const VoiceLine& line);
std::string DescribeEntry(const WhitelistEntry& entry);

// A digest over both lists that does not depend on the order in which they are read. Each stored
// pair is one line, "W" or "L", TAB, number, TAB, value; the digest is the XXH3-128 of the sorted
// XXH3-128s (16 bytes each, big-endian) of all lines. It finds accidents: lost, added or changed
// pairs. It is no protection against a person who can write to Redis and compute it again.
class ListDigest {
 public:
  enum class List : char { kWhitelist = 'W', kLedger = 'L' };

  // Adding the same pair twice is the same as adding it once: HSCAN may return one twice.
  void Add(List list, std::string_view number, std::string_view value);
  // Distinct pairs so far, and their digest as 32 hex digits.
  size_t Count();
  std::string Finish();

 private:
  struct Hash {
    uint64_t high;
    uint64_t low;
    friend auto operator<=>(const Hash&, const Hash&) = default;
  };

  void Settle();

  std::vector<Hash> hashes_;
  std::string line_;
};

}  // namespace ringfence
