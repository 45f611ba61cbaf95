#include "tools/terminal/context.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <random>

#include "ingest/model/absl_bridge.h"

namespace ringfence {
namespace {

constexpr size_t kDefaultWidth = 100;
constexpr size_t kMinWidth = 60;

size_t TerminalWidth() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kDefaultWidth;
  return std::max<size_t>(size.ws_col, kMinWidth);
}

// A signal handler can reach nothing but a flag of this type.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
volatile std::sig_atomic_t g_interrupted = 0;

void OnSignal(int) { g_interrupted = 1; }

}  // namespace

Context ProcessContext() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return Context{
      .out = std::cout,
      .err = std::cerr,
      .out_is_terminal = isatty(STDOUT_FILENO) != 0,
      .err_is_terminal = isatty(STDERR_FILENO) != 0,
      .width = TerminalWidth(),
      .now =
          [] { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); },
      .steady_now = [] { return std::chrono::steady_clock::now(); },
      .random =
          [] {
            std::random_device random;
            return uint64_t{random()} << 32 | random();
          },
      .interrupted = [] { return g_interrupted != 0; },
  };
}

OutputFormat ChooseOutput(std::string_view option, const Context& context) {
  if (option == "table") return OutputFormat::kTable;
  if (option == "json") return OutputFormat::kJson;
  return context.out_is_terminal ? OutputFormat::kTable : OutputFormat::kJson;
}

int Report(const absl::Status& status, Context& context) {
  if (status.ok()) return kDone;
  context.err << "ringfence: " << ToStd(status.message()) << "\n";
  return kFailed;
}

}  // namespace ringfence
