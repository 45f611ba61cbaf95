// The service's log: lines for people, without phone numbers.
#pragma once

#include <spdlog/common.h>

#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace ringfence {

// A log that writes "2026-11-24T08:00:00.534+08:00 info …" to `sink`. Every line passes
// MaskNumbers(): numbers are personal data, and no text of a library or a peer may bring one in.
// `level`: trace, debug, info, warn, error, critical or off.
std::shared_ptr<spdlog::logger> MakeServiceLog(spdlog::sink_ptr sink, const std::string& level);

}  // namespace ringfence
