#include "whitelist/lists.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

absl::Status Within(std::string_view where, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(absl::string_view(where.data(), where.size()),
                                                  ": ", status.message()));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Lists>> Lists::Create(uint64_t version,
                                                           std::vector<VoiceLine> lines,
                                                           std::vector<WhitelistEntry> entries) {
  std::shared_ptr<Lists> lists(new Lists);
  lists->lines_ = std::move(lines);
  lists->entries_ = std::move(entries);
  RF_RETURN_IF_ERROR(lists->IndexLines());
  RF_RETURN_IF_ERROR(lists->IndexEntries());
  ListDigest digest;
  lists->ForEachStored([&](ListDigest::List list, const std::string& number,
                           const std::string& value) { digest.Add(list, number, value); });
  lists->version_ = {version, digest.Count(), digest.Finish()};
  return lists;
}

absl::Status Lists::IndexLines() {
  std::sort(lines_.begin(), lines_.end(),
            [](const VoiceLine& a, const VoiceLine& b) { return a.id < b.id; });
  for (size_t i = 0; i < lines_.size(); ++i) {
    const VoiceLine& line = lines_[i];
    if (absl::Status status = CheckLine(line); !status.ok()) {
      return Within(absl::StrCat("line ", line.id.value()), status);
    }
    if (i > 0 && lines_[i - 1].id == line.id) {
      return absl::AlreadyExistsError(absl::StrCat("line ", line.id.value(), " appears twice"));
    }
    for (const CallingNumber number : line.numbers) {
      const auto [place, added] = owners_.emplace(number, i);
      if (added) continue;
      return absl::AlreadyExistsError(absl::StrCat("number ", number.number().Masked(),
                                                   " is in line ", lines_[place->second].id.value(),
                                                   " and in line ", line.id.value()));
    }
  }
  return absl::OkStatus();
}

absl::Status Lists::IndexEntries() {
  std::sort(entries_.begin(), entries_.end(),
            [](const WhitelistEntry& a, const WhitelistEntry& b) { return a.number < b.number; });
  for (size_t i = 0; i < entries_.size(); ++i) {
    const WhitelistEntry& entry = entries_[i];
    if (absl::Status status = CheckEntry(entry); !status.ok()) {
      return Within(absl::StrCat("whitelist entry ", entry.number.number().Masked()), status);
    }
    if (!entry_indexes_.emplace(entry.number, i).second) {
      return absl::AlreadyExistsError(
          absl::StrCat("whitelist entry ", entry.number.number().Masked(), " appears twice"));
    }
  }
  return absl::OkStatus();
}

const VoiceLine* Lists::FindLine(const LineId& id) const {
  const auto found = std::lower_bound(
      lines_.begin(), lines_.end(), id,
      [](const VoiceLine& line, const LineId& wanted) { return line.id < wanted; });
  return found != lines_.end() && found->id == id ? &*found : nullptr;
}

const VoiceLine* Lists::FindOwner(CallingNumber number) const {
  const auto found = owners_.find(number);
  return found == owners_.end() ? nullptr : &lines_[found->second];
}

const WhitelistEntry* Lists::FindEntry(CallingNumber number) const {
  const auto found = entry_indexes_.find(number);
  return found == entry_indexes_.end() ? nullptr : &entries_[found->second];
}

Listing Lists::Lookup(CallingNumber number, EventTime now) const {
  NumberFacts facts;
  if (const WhitelistEntry* entry = FindEntry(number)) {
    facts.entry = EntryFacts{entry->added, entry->expires, entry->scope};
  }
  if (const VoiceLine* line = FindOwner(number)) facts.owner = line->Owner();
  return MakeListing(number, facts, version_, now);
}

void Lists::ForEachStored(Visit visit) const {
  for (const WhitelistEntry& entry : entries_) {
    visit(ListDigest::List::kWhitelist, entry.number.ToString(), EncodeEntry(entry));
  }
  for (const VoiceLine& line : lines_) {
    const std::string owner = EncodeOwner(line);
    for (const CallingNumber number : line.numbers) {
      visit(ListDigest::List::kLedger, number.ToString(), owner);
    }
  }
}

}  // namespace ringfence
