// Ledger and whitelist at one version, in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "ingest/model/event_time.h"
#include "ingest/model/ids.h"
#include "ingest/model/phone_number.h"
#include "whitelist/facts.h"
#include "whitelist/ledger.h"
#include "whitelist/listing.h"
#include "whitelist/whitelist_entry.h"

namespace ringfence {

// Immutable after construction: any number of threads may read.
class Lists {
 public:
  // version: of the record in the store, 0 for lists that come from files. Lines and entries may
  // come in any order and are kept sorted by id and by number. InvalidArgument for a line or entry
  // that can't be kept (CheckLine, CheckEntry); AlreadyExists names a number in two lines or two
  // entries, or a line id used twice.
  static absl::StatusOr<std::shared_ptr<const Lists>> Create(uint64_t version,
                                                             std::vector<VoiceLine> lines,
                                                             std::vector<WhitelistEntry> entries);

  const std::vector<VoiceLine>& lines() const { return lines_; }
  const std::vector<WhitelistEntry>& entries() const { return entries_; }

  // Null when there is none.
  const VoiceLine* FindLine(const LineId& id) const;
  const VoiceLine* FindOwner(CallingNumber number) const;
  const WhitelistEntry* FindEntry(CallingNumber number) const;

  Listing Lookup(CallingNumber number, EventTime now) const;

  // Version, numbers on both lists, and the digest (ListDigest) of what is projected to Redis.
  const ListVersion& version() const { return version_; }
  uint64_t whitelist_count() const { return entries_.size(); }
  uint64_t ledger_count() const { return owners_.size(); }

  // Calls `visit` with list, number and stored value for everything that the digest covers.
  using Visit = absl::FunctionRef<void(ListDigest::List, const std::string& number,
                                       const std::string& value)>;
  void ForEachStored(Visit visit) const;

 private:
  Lists() = default;
  absl::Status IndexLines();
  absl::Status IndexEntries();

  ListVersion version_;
  std::vector<VoiceLine> lines_;
  std::vector<WhitelistEntry> entries_;
  absl::flat_hash_map<CallingNumber, size_t> owners_;         // into lines_
  absl::flat_hash_map<CallingNumber, size_t> entry_indexes_;  // into entries_
};

}  // namespace ringfence
