// Notices that the service starts again and again.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/model/event_time.h"

namespace ringfence {

// A small file: one line with the time of each start since the last clean stop, and "disarmed" once
// there were too many. After `most` starts within kWithin that did not end cleanly, the next one is
// disarmed, and so are all after it until a person has reset it. Not thread-safe.
class StartLog {
 public:
  static constexpr Duration kWithin = std::chrono::minutes(10);

  // most: at least 1.
  StartLog(std::string path, size_t most) : path_(std::move(path)), most_(most) {}

  // Notes a start. True: the service must not arm. Unavailable names the file.
  absl::StatusOr<bool> NoteStart(EventTime now);
  // Notes that the service ended as it should. A log that says "disarmed" keeps saying so.
  absl::Status NoteStop();
  // A person has looked at why it crashed.
  absl::Status Reset();

  // Whether the log says so now: a person may have reset it since.
  absl::StatusOr<bool> Disarmed() const;

 private:
  struct Content {
    std::vector<EventTime> starts;
    bool disarmed = false;
  };
  absl::StatusOr<Content> Read() const;
  absl::Status Write(const Content& content) const;

  std::string path_;
  size_t most_;
};

}  // namespace ringfence
