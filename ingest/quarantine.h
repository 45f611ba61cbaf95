// The file of records that can't be used: kept with their bytes, so that nothing is silently lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "ingest/reject_sink.h"

namespace ringfence {

// Writes one JSON object a line: {"source","offset","line","reason","detail","bytes"}, or "base64"
// in place of "bytes" for what is not UTF-8; "length" and a cut text when the record is longer than
// the limit. The file is created with the first reject; one that is there is appended to, unless
// asked otherwise. Not thread-safe.
class Quarantine : public RejectSink {
 public:
  struct Options {
    std::string path;
    bool replace = false;             // a file that is there: replaced with the first reject
    size_t record_limit = 64 * 1024;  // bytes of one record that are kept
  };

  explicit Quarantine(Options options);
  ~Quarantine() override;

  void OnReject(const Reject& reject) override;
  // A CDR that could be read but came too late to count: kept in the same file, reason "late".
  void OnLate(std::string_view source, std::string_view record);

  // Writes what is buffered. The first error that happened, also in OnReject, naming the file; then
  // records have been lost, and the run must not be called good.
  absl::Status Flush();

  uint64_t written() const { return written_; }
  const std::string& path() const { return options_.path; }

 private:
  void WriteLine(const std::string& line);

  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  Options options_;
  std::unique_ptr<std::FILE, Closer> file_;
  absl::Status error_;
  uint64_t written_ = 0;
};

}  // namespace ringfence
