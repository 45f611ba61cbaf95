// The action feed as a file of JSON lines. Format: docs/work-orders.md.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "blocker/event_log.h"

namespace ringfence {

// Appends whole lines, one write per batch under an exclusive lock on the file, then fsync: lines
// of two processes never mix. When the file was moved away (logrotate), the next batch goes to a
// new one of the old name. A line that was cut off by a crash is closed by a newline before the
// next batch. Not thread-safe.
class JsonlSink final : public ActionFeed {
 public:
  // Opens or creates the file; an error names it.
  static absl::StatusOr<std::unique_ptr<JsonlSink>> Open(std::string path);
  ~JsonlSink() override;
  JsonlSink(const JsonlSink&) = delete;
  JsonlSink& operator=(const JsonlSink&) = delete;

  absl::Status Append(absl::Span<const Event> events) override;

 private:
  explicit JsonlSink(std::string path) : path_(std::move(path)) {}

  absl::Status Reopen();
  absl::Status WriteLocked(const std::string& text);

  std::string path_;
  int fd_ = -1;
};

}  // namespace ringfence
