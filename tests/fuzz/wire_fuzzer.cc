// Any bytes as a message: Decode must not read past them, and what it takes must encode to the same
// bytes again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ingest/model/crc32c.h"
#include "ingest/transport/stream_state.h"
#include "ingest/transport/wire.h"

namespace {

using ringfence::StreamState;
namespace wire = ringfence::wire;

void Check(bool holds) {
  if (!holds) std::abort();
}

// A stream that has its first three records and gets the fuzzer's batch.
void Feed(const wire::Data& data) {
  StreamState state;
  StreamState::Taken taken;
  state.Accept({1, 0, 0, 3, "a\nb\nc\n"}, 1'000, taken);
  if (state.Accept(data, 1'000, taken) != StreamState::Verdict::kTaken) return;
  Check(taken.first_seq == 3 && taken.count > 0 && taken.records.ends_with('\n'));
  Check(state.accepted().next_seq == 3 + taken.count);
  Check(state.Ack(state.accepted().next_seq) == 6 + taken.records.size());
}

void DecodeOne(std::string_view bytes) {
  absl::StatusOr<wire::Message> message = wire::Decode(bytes);
  if (!message.ok()) return;
  Check(wire::Encode(*message) == bytes);
  if (const auto* data = std::get_if<wire::Data>(&*message)) Feed(*data);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  DecodeOne(bytes);
  // The fuzzer can't guess checksums: the first byte as a type, the rest as a body that has a right
  // one.
  if (bytes.empty()) return 0;
  std::string sealed = {'R', 'F', static_cast<char>(wire::kWireVersion), bytes[0]};
  const uint32_t crc = ringfence::ExtendCrc32c(ringfence::Crc32c(sealed), bytes.substr(1));
  for (int i = 0; i < 4; ++i) sealed.push_back(static_cast<char>(crc >> (8 * i)));
  sealed.append(bytes.substr(1));
  DecodeOne(sealed);
  return 0;
}
