// Any text as a time and as a duration: what is accepted survives being printed and read again, and
// what the quick way reads is what the other one reads, whatever it has read before.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ingest/model/time_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ringfence;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const char* name : {"Asia/Shanghai", "America/New_York", "UTC"}) {
    const absl::TimeZone zone = *LoadTimeZone(name);
    const auto time = ParseTime(text, zone);
    const std::string padded = std::string(text) + std::string(40, '1');
    TimeReader reader(zone);
    for (int pass = 0; pass < 2; ++pass) {
      EventTime plain;
      if (reader.ReadPlain(std::string_view(padded).substr(0, text.size()), plain) &&
          (!time.ok() || *time != plain)) {
        std::abort();
      }
    }
    if (!time.ok()) continue;
    // Local mean time before 1900 has seconds in its offset, which RFC 3339 can't say.
    if (*time < std::chrono::sys_days(std::chrono::year(1902) / 1 / 1)) continue;
    const auto again = ParseTime(FormatTime(*time, zone), zone);
    const bool in_range = *time < std::chrono::sys_days(std::chrono::year(9999) / 12 / 31);
    if (in_range &&
        (!again.ok() || *again != std::chrono::floor<std::chrono::milliseconds>(*time))) {
      std::abort();
    }
  }
  const auto duration = ParseDuration(text);
  if (duration.ok() && *ParseDuration(FormatDuration(*duration)) != *duration) std::abort();
  return 0;
}
