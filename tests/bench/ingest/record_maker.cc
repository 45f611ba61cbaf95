#include "tests/bench/ingest/record_maker.h"

#include <array>
#include <charconv>

namespace ringfence {
namespace {

constexpr int64_t kDayMs = 24 * 3600 * 1000;

// SplitMix64 (Steele, Lea, Flood 2014).
uint64_t Next(uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

void AppendPadded(uint64_t value, size_t width, std::string& out) {
  out.append(width, '0');
  for (size_t i = out.size(); value > 0; value /= 10) {
    out[--i] = static_cast<char>('0' + value % 10);
  }
}

// Seconds with three decimals.
void AppendTime(int64_t ms, std::string& out) {
  std::array<char, 20> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), ms / 1000).ptr;
  out.append(text.data(), static_cast<size_t>(end - text.data()));
  out += '.';
  AppendPadded(static_cast<uint64_t>(ms % 1000), 3, out);
}

}  // namespace

RecordMaker::RecordMaker(const RecordMakerOptions& options)
    : options_(options), prefix_("b" + std::to_string(options.seed) + "-"), random_(options.seed) {}

int64_t RecordMaker::setup_ms() const {
  const uint64_t a_day = uint64_t{options_.numbers} * options_.calls_a_day;
  const auto passed = static_cast<int64_t>(made_ / a_day) * kDayMs +
                      static_cast<int64_t>(made_ % a_day * kDayMs / a_day);
  return static_cast<int64_t>(options_.first_setup) * 1000 + passed;
}

uint64_t RecordMaker::Caller(uint64_t random) const {
  const uint64_t many = options_.callers_of_many;
  if (many == 0 || random >> 60 != 0) return random % options_.numbers;
  return (made_ / 1'000'000 * many + random % many) % options_.numbers;
}

void RecordMaker::Append(uint32_t count, std::string& out) {
  for (uint32_t i = 0; i < count; ++i, ++made_) {
    const uint64_t random = Next(random_);
    const int64_t setup = setup_ms();
    out += prefix_;
    AppendPadded(made_, 10, out);
    out += ",+86138";
    AppendPadded(Caller(random), 8, out);
    out += ",+86139";
    AppendPadded((random >> 32) % 100'000'000, 8, out);
    out += ',';
    AppendTime(setup, out);
    const bool answered = random % 10 < 6;
    out += ',';
    if (answered) AppendTime(setup + 4'000, out);
    out += ',';
    AppendTime(setup + 4'000 + static_cast<int64_t>(random >> 48), out);
    out += answered ? ",16,tg-1\n" : ",19,tg-1\n";
  }
}

}  // namespace ringfence
