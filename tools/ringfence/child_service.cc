#include "tools/ringfence/child_service.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"
#include "tools/service/data_folder.h"

namespace ringfence {
namespace {

constexpr auto kReadyWithin = std::chrono::seconds(20);
constexpr auto kLook = std::chrono::milliseconds(20);
constexpr size_t kTailBytes = 2000;

// Runs in the child after fork(): only calls that are safe there.
[[noreturn]] void Become(const char* config, int log) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execl("/proc/self/exe", "ringfence", "run", "--config", config, nullptr);
  _exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildService>> ChildService::Start(const std::string& config_path,
                                                                  const std::string& data,
                                                                  const std::string& log_path,
                                                                  Context& context) {
  const int log =
      open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (log < 0) return absl::UnavailableError(absl::StrCat(log_path, ": can't be written"));
  const std::string status_path = DataFolder{data}.Status();
  unlink(status_path.c_str());  // of an earlier run: it would look ready
  const pid_t pid = fork();
  if (pid == 0) Become(config_path.c_str(), log);
  close(log);
  if (pid < 0) return absl::UnavailableError("can't start a process for the service");
  std::unique_ptr<ChildService> child(new ChildService(pid, status_path, log_path));
  RF_RETURN_IF_ERROR(child->AwaitReady(context));
  return child;
}

ChildService::~ChildService() {
  if (pid_ != 0) Stop().IgnoreError();
}

absl::Status ChildService::AwaitReady(Context& context) {
  const auto deadline = context.steady_now() + kReadyWithin;
  while (context.steady_now() < deadline && !context.interrupted()) {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = 0;
      return absl::UnavailableError(absl::StrCat("the service ended at once:\n", LogTail()));
    }
    const auto status = ReadStatus(status_path_);
    if (status.ok() && status->state == "running") {
      endpoint_ = status->endpoint;
      return absl::OkStatus();
    }
    std::this_thread::sleep_for(kLook);
  }
  return absl::DeadlineExceededError(absl::StrCat("the service did not get ready:\n", LogTail()));
}

absl::Status ChildService::Stop() {
  const pid_t pid = std::exchange(pid_, 0);
  if (pid == 0) return absl::OkStatus();
  kill(pid, SIGTERM);
  int outcome = 0;
  while (waitpid(pid, &outcome, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(outcome) && WEXITSTATUS(outcome) == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the service failed:\n", LogTail()));
}

std::string ChildService::LogTail() const {
  std::ifstream file(log_path_, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  const std::string log = text.str();
  return log.size() <= kTailBytes ? log : log.substr(log.size() - kTailBytes);
}

}  // namespace ringfence
