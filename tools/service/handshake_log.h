// What is logged about peers that were not let in: at most a line a minute, however many knock.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "ingest/transport/zap_server.h"

namespace ringfence {

class HandshakeLog {
 public:
  // The line to log now, if there is one: what came since the last.
  std::optional<std::string> Line(const HandshakeCounters& counters,
                                  std::chrono::steady_clock::time_point now);

 private:
  HandshakeCounters told_;
  std::optional<std::chrono::steady_clock::time_point> told_at_;
};

}  // namespace ringfence
