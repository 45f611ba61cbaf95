#include "tests/bench/ingest/record_maker.h"

#include <array>
#include <charconv>

#include "ingest/binary_record.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr int64_t kDayMs = 24 * 3600 * 1000;
constexpr int64_t kRingingMs = 4'000;

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

RecordMaker::Call RecordMaker::NextCall() {
  const uint64_t random = Next(random_);
  Call call;
  call.setup_ms = setup_ms();
  call.release_ms = call.setup_ms + kRingingMs + static_cast<int64_t>(random >> 48);
  call.calling = Caller(random);
  call.called = (random >> 32) % 100'000'000;
  call.answered = random % 10 < 6;
  call.number = made_++;
  return call;
}

void RecordMaker::AppendId(uint64_t number, std::string& out) const {
  out += prefix_;
  AppendPadded(number, 10, out);
}

void RecordMaker::AppendRows(uint32_t count, std::string& out) {
  for (uint32_t i = 0; i < count; ++i) {
    const Call call = NextCall();
    AppendId(call.number, out);
    out += ",+86138";
    AppendPadded(call.calling, 8, out);
    out += ",+86139";
    AppendPadded(call.called, 8, out);
    out += ',';
    AppendTime(call.setup_ms, out);
    out += ',';
    if (call.answered) AppendTime(call.setup_ms + kRingingMs, out);
    out += ',';
    AppendTime(call.release_ms, out);
    out += call.answered ? ",16,tg-1\n" : ",19,tg-1\n";
  }
}

absl::Status RecordMaker::AppendRecords(uint32_t count, size_t record_bytes, std::string& out) {
  const auto time = [](int64_t ms) { return FromUnixMicros(ms * 1000); };
  const auto mobile = [](uint64_t front, uint64_t tail) {
    return PhoneNumber::FromPacked(front * 100'000'000 + tail);
  };
  cdr_.trunk.Assign("tg-1");
  for (uint32_t i = 0; i < count; ++i) {
    const Call call = NextCall();
    id_.clear();
    AppendId(call.number, id_);
    cdr_.record_id.Assign(id_);
    cdr_.calling = CallingNumber(mobile(86'138, call.calling));
    cdr_.called = CalledNumber(mobile(86'139, call.called));
    cdr_.setup = time(call.setup_ms);
    cdr_.answer.reset();
    if (call.answered) cdr_.answer = time(call.setup_ms + kRingingMs);
    cdr_.release = time(call.release_ms);
    cdr_.cause = {Cause::Scheme::kQ850, static_cast<uint16_t>(call.answered ? 16 : 19)};
    RF_RETURN_IF_ERROR(AppendBinaryRecord(cdr_, record_bytes, out));
  }
  return absl::OkStatus();
}

}  // namespace ringfence
