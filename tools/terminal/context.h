// What a command may touch of the world around it, as an argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "ingest/model/event_time.h"

namespace ringfence {

// Exit codes of the program (sysexits.h for the last).
enum ExitCode : int { kDone = 0, kFailed = 1, kUsage = 2, kBadConfiguration = 78 };

enum class OutputFormat {
  kTable,  // for people
  kJson,   // one object a line
};

struct Context {
  std::ostream& out;  // results, and nothing else
  std::ostream& err;  // progress, warnings, errors
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  size_t width = 100;              // columns of the terminal
  std::function<EventTime()> now;  // wall clock
  std::function<std::chrono::steady_clock::time_point()> steady_now;
  std::function<uint64_t()> random;   // a number that nobody can foresee
  std::function<bool()> interrupted;  // true after SIGINT or SIGTERM: finish and stop
};

// The context of this process: std::cout, std::cerr, the system's clocks and chance.
Context ProcessContext();

// "table", "json" or "" (table for a terminal, JSON otherwise), as --output gives it.
OutputFormat ChooseOutput(std::string_view option, const Context& context);

// Prints "ringfence: <message>" and returns the exit code that fits the status.
int Report(const absl::Status& status, Context& context);

}  // namespace ringfence
