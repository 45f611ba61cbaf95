// A folder in memory that knows what a power cut would leave of it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/journal/disk.h"
#include "tests/sim/chance.h"

namespace ringfence {

// The disk itself: it survives the process that uses it through SimDisk. What was written is lost
// in a power cut unless it was synced, sector by sector, as chance has it.
class SimPlatter {
 public:
  static constexpr size_t kSector = 512;

  // Every change from the n-th on fails (n from 1; 0: none): with ResourceExhausted once, or with
  // Unavailable for good.
  enum class Fault { kNoRoom, kBroken };
  void FailAt(uint64_t n, Fault fault) {
    fail_at_ = n == 0 ? 0 : changes_ + n;
    fault_ = fault;
    failed_ = false;
  }
  // Changes so far: writes, syncs, renames, …
  uint64_t changes() const { return changes_; }
  // A change has failed since FailAt().
  bool failed() const { return failed_; }

  // What is not synced: lost, kept or torn.
  void CutPower(Chance& chance);
  // For tests that damage what is there.
  std::string& Bytes(const std::string& name) { return entries_.at(name)->now; }
  bool Has(const std::string& name) const { return entries_.contains(name); }
  void Drop(const std::string& name) {
    entries_.erase(name);
    synced_entries_.erase(name);
  }

 private:
  friend class SimDisk;
  friend class SimFile;

  struct Content {
    std::string now;
    std::string synced;
  };
  using Entries = std::map<std::string, std::shared_ptr<Content>>;

  absl::Status Change(const std::string& what);

  Entries entries_;
  Entries synced_entries_;
  uint64_t changes_ = 0;
  uint64_t fail_at_ = 0;
  Fault fault_ = Fault::kBroken;
  bool failed_ = false;
};

// `platter` must outlive it and its files.
class SimDisk : public Disk {
 public:
  explicit SimDisk(SimPlatter& platter) : platter_(platter) {}

  absl::StatusOr<std::unique_ptr<DiskFile>> Create(const std::string& name) override;
  absl::StatusOr<std::unique_ptr<DiskFile>> Open(const std::string& name) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status Remove(const std::string& name) override;
  absl::Status SyncFolder() override;
  absl::StatusOr<std::vector<std::string>> List() override;

 private:
  SimPlatter& platter_;
};

}  // namespace ringfence
