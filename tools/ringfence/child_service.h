// `ringfence run` as a process of its own, for the demo.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/service/status_file.h"
#include "tools/terminal/context.h"

namespace ringfence {

class ChildService {
 public:
  // Starts this program with `run --config` and waits until it is ready. Its messages go to
  // `log_path`. The child ends with this process, however that ends. An error holds the end of the
  // log.
  static absl::StatusOr<std::unique_ptr<ChildService>> Start(const std::string& config_path,
                                                             const std::string& data,
                                                             const std::string& log_path,
                                                             Context& context);
  ~ChildService();
  ChildService(const ChildService&) = delete;
  ChildService& operator=(const ChildService&) = delete;

  // Where it listens.
  const std::string& endpoint() const { return endpoint_; }

  // Asks it to stop and waits; an error if it did not end well.
  absl::Status Stop();

 private:
  ChildService(pid_t pid, std::string status_path, std::string log_path)
      : pid_(pid), status_path_(std::move(status_path)), log_path_(std::move(log_path)) {}

  absl::Status AwaitReady(Context& context);
  std::string LogTail() const;

  pid_t pid_;  // 0 once it has ended
  std::string status_path_;
  std::string log_path_;
  std::string endpoint_;
};

}  // namespace ringfence
