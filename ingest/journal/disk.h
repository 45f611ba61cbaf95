// One folder of files, with no more of a file system than a journal and its snapshots need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace ringfence {

// A file's bytes, as long as somebody has the owner.
struct FileBytes {
  std::string_view view;
  std::shared_ptr<const void> owner;
};

// Errors of both: ResourceExhausted when there is no room, NotFound, Unavailable otherwise; they
// name the file. After an error of Write() or Sync() nobody knows what is on the disk: don't use
// the file again. Not thread-safe.
class DiskFile {
 public:
  virtual ~DiskFile() = default;

  // All of the bytes, at this place; the file grows where it must.
  virtual absl::Status Write(uint64_t offset, std::string_view bytes) = 0;
  // Fills `bytes`; how many that were. Fewer than asked for only at the file's end.
  virtual absl::StatusOr<size_t> Read(uint64_t offset, absl::Span<char> bytes) = 0;
  // All of them, of a file that nobody changes meanwhile.
  virtual absl::StatusOr<FileBytes> ReadAll();
  // Makes bytes and length durable.
  virtual absl::Status Sync() = 0;
  // Hands the bytes to the disk and waits until it has them, so that Sync() will be quick. Makes
  // nothing durable, and keeps nobody else's Sync() waiting.
  virtual absl::Status WriteOut() = 0;
  // The file grows to this length, with zeros and with room on the disk.
  virtual absl::Status Reserve(uint64_t size) = 0;
  virtual absl::Status Truncate(uint64_t size) = 0;
  virtual absl::StatusOr<uint64_t> Size() = 0;
};

// Names are those of files in the folder, without "/".
class Disk {
 public:
  virtual ~Disk() = default;

  // An empty file for reading and writing; one that is there is emptied.
  virtual absl::StatusOr<std::unique_ptr<DiskFile>> Create(const std::string& name) = 0;
  virtual absl::StatusOr<std::unique_ptr<DiskFile>> Open(const std::string& name) = 0;
  // Replaces a file of the new name.
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;
  virtual absl::Status Remove(const std::string& name) = 0;
  // Makes durable which files there are under which names.
  virtual absl::Status SyncFolder() = 0;
  virtual absl::StatusOr<std::vector<std::string>> List() = 0;  // sorted
};

}  // namespace ringfence
