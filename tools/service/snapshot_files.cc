#include "tools/service/snapshot_files.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "absl/strings/str_format.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr char kDraft[] = "snapshot.draft";
constexpr size_t kDigits = 20;
constexpr std::string_view kSuffix = ".snapshot";
constexpr size_t kAtOnce = 4 * 1024 * 1024;

// "<number>-<lsn>.snapshot": names sort as the snapshots were made.
std::string FileName(const SnapshotName& name) {
  return absl::StrFormat("%0*d-%0*d.snapshot", kDigits, name.number, kDigits, name.lsn);
}

bool ReadNumber(std::string_view digits, uint64_t& number) {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size();
}

std::optional<SnapshotName> NameOf(std::string_view file) {
  SnapshotName name;
  if (file.size() != 2 * kDigits + 1 + kSuffix.size() || !file.ends_with(kSuffix) ||
      file[kDigits] != '-' || !ReadNumber(file.substr(0, kDigits), name.number) ||
      !ReadNumber(file.substr(kDigits + 1, kDigits), name.lsn)) {
    return std::nullopt;
  }
  return name;
}

}  // namespace

absl::StatusOr<std::vector<SnapshotName>> SnapshotFiles::List() {
  RF_ASSIGN_OR_RETURN(const std::vector<std::string> files, disk_.List());
  std::vector<SnapshotName> names;
  for (const std::string& file : files) {
    if (const auto name = NameOf(file)) names.push_back(*name);
  }
  std::reverse(names.begin(), names.end());
  return names;
}

absl::StatusOr<FileBytes> SnapshotFiles::Read(const SnapshotName& name) {
  RF_ASSIGN_OR_RETURN(const auto file, disk_.Open(FileName(name)));
  return file->ReadAll();
}

absl::Status SnapshotFiles::Write(const SnapshotName& name, const SnapshotPieces& snapshot) {
  RF_ASSIGN_OR_RETURN(const auto file, disk_.Create(kDraft));
  RF_RETURN_IF_ERROR(file->Reserve(snapshot.bytes()));
  // Little by little: the journal, which acknowledgements wait for, shares the disk with no more
  // than so much at a time. Without Sync(), for which file systems stop each other.
  uint64_t at = 0;
  uint64_t out = 0;
  for (std::string_view piece : snapshot.pieces) {
    while (!piece.empty()) {
      const std::string_view next = piece.substr(0, kAtOnce);
      RF_RETURN_IF_ERROR(file->Write(at, next));
      at += next.size();
      piece.remove_prefix(next.size());
      if (at - out < kAtOnce) continue;
      RF_RETURN_IF_ERROR(file->WriteOut());
      out = at;
    }
  }
  RF_RETURN_IF_ERROR(file->Sync());
  RF_RETURN_IF_ERROR(disk_.Rename(kDraft, FileName(name)));
  return disk_.SyncFolder();
}

absl::StatusOr<uint64_t> SnapshotFiles::Retire() {
  RF_ASSIGN_OR_RETURN(const std::vector<SnapshotName> names, List());
  for (size_t i = kKept; i < names.size(); ++i) {
    RF_RETURN_IF_ERROR(disk_.Remove(FileName(names[i])));
  }
  return names.size() < kKept ? 0 : names[kKept - 1].lsn;
}

}  // namespace ringfence
