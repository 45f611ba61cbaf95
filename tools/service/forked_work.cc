#include "tools/service/forked_work.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"

namespace ringfence {
namespace {

constexpr int kOrphaned = 3;
constexpr int kNiceness = 19;
constexpr uint64_t kSliceNs = 100'000;

// As the kernel has it: glibc has none, and the kernel's own header does not go with glibc's.
struct SchedulingAttributes {
  uint32_t size = sizeof(SchedulingAttributes);
  uint32_t policy = SCHED_OTHER;
  uint64_t flags = 0;
  int32_t nice = kNiceness;
  uint32_t priority = 0;
  uint64_t runtime = kSliceNs;
  uint64_t deadline = 0;
  uint64_t period = 0;
};

// The service goes first, at the processor and at the disk. Both leave the child a share however
// busy the machine is (at the disk, its scheduler sees to that after ten seconds): an idle class
// for the processor would not, and without snapshots the journal grows. Where it may not, it is as
// important as its parent.
void StandBack() {
  // The slice is the shortest, since Linux 6.12: who wakes up waits for its end at most, and for an
  // acknowledgement half a dozen of threads wake up one after the other.
  SchedulingAttributes attributes;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
  constexpr int kOfThisProcess = 1;    // IOPRIO_WHO_PROCESS; glibc has no header for these
  constexpr int kIdleClass = 3 << 13;  // IOPRIO_CLASS_IDLE
  syscall(SYS_ioprio_set, kOfThisProcess, 0, kIdleClass);
}

}  // namespace

// Written by the child before it ends.
struct ForkedWork::Report {
  uint64_t value;
  int code;
  uint32_t size;
  char message[1000];
};

absl::StatusOr<std::unique_ptr<ForkedWork>> ForkedWork::Start(
    const std::function<absl::StatusOr<uint64_t>()>& work) {
  void* shared =
      mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) {
    return absl::UnavailableError(absl::StrCat("no memory for a child: ", std::strerror(errno)));
  }
  auto* report = static_cast<Report*>(shared);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(kOrphaned);
    close_range(STDERR_FILENO + 1, UINT_MAX, 0);
    StandBack();
    const absl::StatusOr<uint64_t> done = work();
    if (done.ok()) report->value = *done;
    report->code = static_cast<int>(done.status().code());
    const std::string_view message = ToStd(done.status().message());
    report->size = static_cast<uint32_t>(message.copy(report->message, sizeof(report->message)));
    _exit(done.ok() ? 0 : 1);
  }
  if (child < 0) {
    const absl::Status failed =
        absl::UnavailableError(absl::StrCat("no child can be made: ", std::strerror(errno)));
    munmap(shared, sizeof(Report));
    return failed;
  }
  return std::unique_ptr<ForkedWork>(new ForkedWork(child, report));
}

ForkedWork::~ForkedWork() {
  if (child_ != 0) {
    kill(child_, SIGKILL);
    Await().status().IgnoreError();
  }
  munmap(report_, sizeof(Report));
}

std::optional<absl::StatusOr<uint64_t>> ForkedWork::Poll() {
  if (child_ == 0) return outcome_;
  int status = 0;
  const pid_t ended = waitpid(child_, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return std::nullopt;
  child_ = 0;
  outcome_ = ended < 0 ? absl::InternalError("the child is gone") : Outcome(status);
  return outcome_;
}

absl::StatusOr<uint64_t> ForkedWork::Await() {
  if (child_ == 0) return outcome_;
  int status = 0;
  pid_t ended = 0;
  do {
    ended = waitpid(child_, &status, 0);
  } while (ended < 0 && errno == EINTR);
  child_ = 0;
  outcome_ = ended < 0 ? absl::InternalError("the child is gone") : Outcome(status);
  return outcome_;
}

absl::StatusOr<uint64_t> ForkedWork::Outcome(int wait_status) const {
  if (WIFSIGNALED(wait_status)) {
    return absl::InternalError(absl::StrCat("the child was ended by signal ", WTERMSIG(wait_status),
                                            " (", strsignal(WTERMSIG(wait_status)), ")"));
  }
  if (WEXITSTATUS(wait_status) == 0) return report_->value;
  return absl::Status(static_cast<absl::StatusCode>(report_->code),
                      absl::string_view(report_->message, report_->size));
}

}  // namespace ringfence
