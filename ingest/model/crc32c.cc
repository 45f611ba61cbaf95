#include "ingest/model/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace ringfence {
namespace crc32c_internal {
namespace {

constexpr uint32_t kPolynomial = 0x82F63B78;  // reflected

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    table[byte] = crc;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kTable = MakeTable();

}  // namespace

uint32_t ExtendByTable(uint32_t crc, std::string_view bytes) {
  crc = ~crc;
  for (char c : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<uint8_t>(c)) & 0xFF];
  return ~crc;
}

#if defined(__x86_64__)

namespace {

// The instruction takes three cycles and begins in each: three lanes of a text are taken at once.
// That pays when they are long, as joining what was found costs some table look-ups.
constexpr int kLaneBits = 10;
constexpr size_t kLane = size_t{1} << kLaneBits;

// What a step makes of each bit of the register; of the others it makes the sum.
using Step = std::array<uint32_t, 32>;

constexpr uint32_t Apply(const Step& step, uint32_t value) {
  uint32_t sum = 0;
  for (size_t bit = 0; value != 0; value >>= 1, ++bit) sum ^= (value & 1) != 0 ? step[bit] : 0;
  return sum;
}

// By byte of the register, what a lane of zeros makes of it.
using ZerosTable = std::array<std::array<uint32_t, 256>, 4>;

constexpr ZerosTable MakeZerosTable() {
  Step step{};  // of one byte, then of twice as many, …
  for (size_t bit = 0; bit < step.size(); ++bit) {
    const uint32_t crc = uint32_t{1} << bit;
    step[bit] = (crc >> 8) ^ kTable[crc & 0xFF];
  }
  for (int doubled = 0; doubled < kLaneBits; ++doubled) {
    const Step half = step;
    for (uint32_t& image : step) image = Apply(half, image);
  }
  ZerosTable table{};
  for (size_t byte = 0; byte < table.size(); ++byte) {
    for (uint32_t value = 0; value < 256; ++value) {
      table[byte][value] = Apply(step, value << (8 * byte));
    }
  }
  return table;
}

constexpr ZerosTable kZeros = MakeZerosTable();

// The register behind a lane of zeros.
uint32_t PastLane(uint64_t crc) {
  return kZeros[0][crc & 0xFF] ^ kZeros[1][(crc >> 8) & 0xFF] ^ kZeros[2][(crc >> 16) & 0xFF] ^
         kZeros[3][(crc >> 24) & 0xFF];
}

uint64_t Load(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

}  // namespace

bool HardwareAvailable() { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) uint32_t ExtendByHardware(uint32_t crc, std::string_view bytes) {
  const char* at = bytes.data();
  size_t left = bytes.size();
  uint64_t wide = static_cast<uint32_t>(~crc);
  for (; left >= 3 * kLane; at += 3 * kLane, left -= 3 * kLane) {
    uint64_t second = 0;
    uint64_t third = 0;
    for (size_t i = 0; i < kLane; i += 8) {
      wide = _mm_crc32_u64(wide, Load(at + i));
      second = _mm_crc32_u64(second, Load(at + kLane + i));
      third = _mm_crc32_u64(third, Load(at + 2 * kLane + i));
    }
    wide = PastLane(PastLane(wide) ^ second) ^ third;
  }
  for (; left >= 8; at += 8, left -= 8) wide = _mm_crc32_u64(wide, Load(at));
  auto narrow = static_cast<uint32_t>(wide);
  for (; left > 0; ++at, --left) narrow = _mm_crc32_u8(narrow, static_cast<uint8_t>(*at));
  return ~narrow;
}

#else

bool HardwareAvailable() { return false; }
uint32_t ExtendByHardware(uint32_t crc, std::string_view bytes) {
  return ExtendByTable(crc, bytes);
}

#endif

}  // namespace crc32c_internal

uint32_t ExtendCrc32c(uint32_t crc, std::string_view bytes) {
  static const bool hardware = crc32c_internal::HardwareAvailable();
  return hardware ? crc32c_internal::ExtendByHardware(crc, bytes)
                  : crc32c_internal::ExtendByTable(crc, bytes);
}

}  // namespace ringfence
