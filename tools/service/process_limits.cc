#include "tools/service/process_limits.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace ringfence {
namespace {

absl::Status LimitRefused(const char* what) {
  return absl::InternalError(absl::StrCat("can't ", what, ": ", std::strerror(errno)));
}

}  // namespace

absl::Status SetProcessLimits() {
  absl::Status status;
  const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
  if (setrlimit(RLIMIT_CORE, &no_core) != 0) status.Update(LimitRefused("forbid core dumps"));
  // Where the kernel hands cores to a program the limit does not hold; this does.
  if (prctl(PR_SET_DUMPABLE, 0) != 0) status.Update(LimitRefused("forbid core dumps"));
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0) status.Update(LimitRefused("raise the open files"));
  }
  return status;
}

}  // namespace ringfence
