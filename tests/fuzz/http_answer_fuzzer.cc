// A webhook's HTTP answer: bounded, and the same however the network cuts it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "blocker/delivery/http_post.h"
#include "blocker/delivery/message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = ringfence::ReadHttpAnswer(bytes, size + 1);
  const auto pieces = ringfence::ReadHttpAnswer(bytes, 1);
  if (whole.ok() != pieces.ok()) std::abort();
  if (!whole.ok()) return 0;
  if (whole->status != pieces->status || whole->body != pieces->body) std::abort();
  if (whole->body.size() > ringfence::kMaxAnswerBytes) std::abort();
  return 0;
}
