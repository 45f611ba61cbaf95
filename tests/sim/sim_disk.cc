#include "tests/sim/sim_disk.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"

namespace ringfence {

absl::Status SimPlatter::Change(const std::string& what) {
  ++changes_;
  if (fail_at_ == 0 || changes_ < fail_at_) return absl::OkStatus();
  failed_ = true;
  if (fault_ == Fault::kBroken) return absl::UnavailableError(absl::StrCat(what, ": broken"));
  fail_at_ = 0;
  return absl::ResourceExhaustedError(absl::StrCat(what, ": no room"));
}

void SimPlatter::CutPower(Chance& chance) {
  fail_at_ = 0;
  // Each entry that changed since the folder was synced is there as it was or as it is.
  Entries left = synced_entries_;
  for (const auto& [name, content] : entries_) {
    if (chance.OneIn(2)) left[name] = content;
  }
  for (const auto& [name, content] : synced_entries_) {
    if (!entries_.contains(name) && chance.OneIn(2)) left.erase(name);
  }
  for (const auto& [name, content] : left) {
    std::string torn = content->now.size() == content->synced.size() || chance.OneIn(2)
                           ? content->now
                           : content->synced;
    for (size_t at = 0; at < torn.size(); at += kSector) {
      const size_t size = std::min(kSector, torn.size() - at);
      if (chance.OneIn(2)) continue;
      std::string was(size, '\0');
      if (at < content->synced.size()) {
        content->synced.copy(was.data(), std::min(size, content->synced.size() - at), at);
      }
      torn.replace(at, size, was);
    }
    content->now = content->synced = torn;
  }
  entries_ = synced_entries_ = left;
}

// A file's bytes; it stays usable when it is renamed or removed, as on a real system.
class SimFile : public DiskFile {
 public:
  SimFile(SimPlatter& platter, std::shared_ptr<SimPlatter::Content> content, std::string name)
      : platter_(platter), content_(std::move(content)), name_(std::move(name)) {}

  absl::Status Write(uint64_t offset, std::string_view bytes) override {
    RF_RETURN_IF_ERROR(platter_.Change(name_));
    if (content_->now.size() < offset + bytes.size()) content_->now.resize(offset + bytes.size());
    content_->now.replace(offset, bytes.size(), bytes);
    return absl::OkStatus();
  }
  absl::StatusOr<size_t> Read(uint64_t offset, absl::Span<char> bytes) override {
    if (offset >= content_->now.size()) return 0;
    return content_->now.copy(bytes.data(), bytes.size(), offset);
  }
  absl::Status Sync() override {
    RF_RETURN_IF_ERROR(platter_.Change(name_));
    content_->synced = content_->now;
    return absl::OkStatus();
  }
  absl::Status WriteOut() override { return platter_.Change(name_); }
  absl::Status Reserve(uint64_t size) override {
    RF_RETURN_IF_ERROR(platter_.Change(name_));
    if (content_->now.size() < size) content_->now.resize(size);
    return absl::OkStatus();
  }
  absl::Status Truncate(uint64_t size) override {
    RF_RETURN_IF_ERROR(platter_.Change(name_));
    content_->now.resize(size);
    return absl::OkStatus();
  }
  absl::StatusOr<uint64_t> Size() override { return content_->now.size(); }

 private:
  SimPlatter& platter_;
  std::shared_ptr<SimPlatter::Content> content_;
  std::string name_;
};

absl::StatusOr<std::unique_ptr<DiskFile>> SimDisk::Create(const std::string& name) {
  RF_RETURN_IF_ERROR(platter_.Change(name));
  auto& content = platter_.entries_[name];
  if (content == nullptr) {
    content = std::make_shared<SimPlatter::Content>();
  } else {
    content->now.clear();
  }
  return std::make_unique<SimFile>(platter_, content, name);
}

absl::StatusOr<std::unique_ptr<DiskFile>> SimDisk::Open(const std::string& name) {
  const auto found = platter_.entries_.find(name);
  if (found == platter_.entries_.end()) return absl::NotFoundError(name);
  return std::make_unique<SimFile>(platter_, found->second, name);
}

absl::Status SimDisk::Rename(const std::string& from, const std::string& to) {
  RF_RETURN_IF_ERROR(platter_.Change(from));
  const auto found = platter_.entries_.find(from);
  if (found == platter_.entries_.end()) return absl::NotFoundError(from);
  platter_.entries_[to] = found->second;
  platter_.entries_.erase(from);
  return absl::OkStatus();
}

absl::Status SimDisk::Remove(const std::string& name) {
  RF_RETURN_IF_ERROR(platter_.Change(name));
  return platter_.entries_.erase(name) == 1 ? absl::OkStatus() : absl::NotFoundError(name);
}

absl::Status SimDisk::SyncFolder() {
  RF_RETURN_IF_ERROR(platter_.Change("folder"));
  platter_.synced_entries_ = platter_.entries_;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> SimDisk::List() {
  std::vector<std::string> names;
  for (const auto& [name, content] : platter_.entries_) names.push_back(name);
  return names;
}

}  // namespace ringfence
