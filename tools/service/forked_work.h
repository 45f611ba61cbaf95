// Work in a copy of the process, as of now, while this one goes on.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ringfence {

// One child made by fork(). It has none of this process's threads and, but for standard output and
// error, none of its files: sockets, locks and databases stay with this process alone. It dies with
// the thread that made it. Not thread-safe.
class ForkedWork {
 public:
  // `work` runs in the child and returns a number to this process. It may use memory as it finds
  // it, opens what it needs itself, starts no thread and logs nothing. Unavailable when there can't
  // be a child.
  static absl::StatusOr<std::unique_ptr<ForkedWork>> Start(
      const std::function<absl::StatusOr<uint64_t>()>& work);
  // Kills a child that still runs, and waits for its end.
  ~ForkedWork();
  ForkedWork(const ForkedWork&) = delete;
  ForkedWork& operator=(const ForkedWork&) = delete;

  // What the work returned, once it has ended (Internal: it was killed, with the signal); nothing
  // while it runs. Does not wait.
  std::optional<absl::StatusOr<uint64_t>> Poll();
  // Waits for its end.
  absl::StatusOr<uint64_t> Await();

 private:
  struct Report;
  ForkedWork(pid_t child, Report* report) : child_(child), report_(report) {}
  absl::StatusOr<uint64_t> Outcome(int wait_status) const;

  pid_t child_;     // 0: it has ended
  Report* report_;  // shared with the child
  absl::StatusOr<uint64_t> outcome_{0};
};

}  // namespace ringfence
