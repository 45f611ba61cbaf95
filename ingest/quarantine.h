// The file of records that can't be used: kept with their bytes, so that nothing is silently lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/reject_sink.h"

namespace ringfence {

// Writes one JSON object a line: {"source","offset","line","reason","detail","bytes"}, or "base64"
// in place of "bytes" for what is not UTF-8 and for binary records; "length" and a cut text when
// the record is longer than the limit. The file is created with the first reject; one that is there
// is appended to, unless asked otherwise. Not thread-safe.
class Quarantine : public RejectKeeper {
 public:
  struct Options {
    std::string path;
    bool replace = false;             // a file that is there: replaced with the first reject
    size_t record_limit = 64 * 1024;  // bytes of one record that are kept
  };

  // Which file, and how much of it: what a snapshot remembers. Inode 0: there is no file.
  struct Mark {
    uint64_t inode = 0;
    uint64_t size = 0;

    friend bool operator==(const Mark&, const Mark&) = default;
  };

  explicit Quarantine(Options options);
  ~Quarantine() override;
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;

  void OnReject(const Reject& reject) override;
  void OnLate(std::string_view source, std::string_view record) override;

  // Writes what is buffered. What can't be written (a full disk) stays in memory, and the call can
  // be repeated; past 64 MiB records are lost, and from then on it is DataLoss. Other errors are
  // Unavailable; all name the file.
  absl::Status Flush();
  // Makes durable what was flushed.
  absl::Status Sync();
  // Of what was flushed.
  absl::StatusOr<Mark> Position() const;

  // Cuts the file back to what it was: what was written behind the mark is written again by a
  // replay. False when it is another file by now, or shorter (somebody moved it away): then it is
  // left as it is. Unavailable names the file.
  static absl::StatusOr<bool> CutBack(const std::string& path, const Mark& mark);

  uint64_t written() const { return written_; }
  const std::string& path() const { return options_.path; }

 private:
  void Add(std::string line);
  absl::Status Open();

  Options options_;
  int file_ = -1;
  std::string pending_;  // lines that are not in the file
  bool lost_ = false;
  uint64_t written_ = 0;
};

}  // namespace ringfence
