// Addresses come from command lines and configuration files: what is understood must be written
// back to the same address, and no message may hold the password.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "whitelist/redis/redis_connection.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto address = ringfence::RedisAddress::Parse(text);
  if (!address.ok()) return 0;
  const auto again = ringfence::RedisAddress::Parse(address->ToString());
  if (!again.ok() || again->host != address->host || again->port != address->port ||
      again->database != address->database || again->socket_path != address->socket_path) {
    std::abort();
  }
  return 0;
}
