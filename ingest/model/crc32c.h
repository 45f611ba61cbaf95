// CRC32C (Castagnoli), the checksum of wire frames and journals. Finds accidents, not attackers.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringfence {

// The checksum of `bytes` that follow on what `crc` already covers; 0 covers nothing. The check
// value of "123456789" is 0xE3069283. Pure; any thread.
uint32_t ExtendCrc32c(uint32_t crc, std::string_view bytes);

inline uint32_t Crc32c(std::string_view bytes) { return ExtendCrc32c(0, bytes); }

namespace crc32c_internal {

// The two ways to the same value; ExtendCrc32c takes the hardware's where the CPU has it. Public
// for their test.
uint32_t ExtendByTable(uint32_t crc, std::string_view bytes);
bool HardwareAvailable();
uint32_t ExtendByHardware(uint32_t crc, std::string_view bytes);  // requires HardwareAvailable()

}  // namespace crc32c_internal
}  // namespace ringfence
