// A progress bar on standard error, only when that is a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "tools/terminal/context.h"

namespace ringfence {

// Redraws one line at most ten times a second; erases it when destroyed. Prints nothing when
// standard error is no terminal.
class ProgressBar {
 public:
  // total: in the unit of Update's `done` (bytes, records); 0 if not known.
  ProgressBar(Context& context, std::string label, uint64_t total);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // detail: a few words behind the bar, such as "1,200,000 records".
  void Update(uint64_t done, const std::string& detail);
  // The same where the total becomes known, or grows, on the way.
  void UpdateOf(uint64_t done, uint64_t total, const std::string& detail) {
    total_ = total;
    Update(done, detail);
  }
  // Wipes the line, so that something else can be printed; the next Update draws it again.
  void Erase();

 private:
  Context& context_;
  std::string label_;
  uint64_t total_;
  std::chrono::steady_clock::time_point last_drawn_;
  bool visible_ = false;
};

}  // namespace ringfence
