// Any text as a configuration: an error that can be shown, or values that their own dump brings
// back.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/fuzz_input.h"
#include "tools/config/config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ringfence;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = ParseConfig(text, "fuzz.toml");
  if (!config.ok()) {
    MustHold(absl::IsInvalidArgument(config.status()));
    MustHold(config.status().message().find("fuzz.toml") != std::string_view::npos);
    return 0;
  }
  const std::string dump = DumpConfig(*config);
  const auto again = ParseConfig(dump, "dump.toml");
  MustHold(again.ok() && DumpConfig(*again) == dump);
  return 0;
}
