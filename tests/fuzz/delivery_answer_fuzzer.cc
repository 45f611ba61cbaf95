// What a receiver of actions answers comes from outside: whatever it is, an answer is one of three
// outcomes with a sentence that can be shown, or an error. A webhook's address comes from a file.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "blocker/delivery/http_post.h"
#include "blocker/delivery/message.h"
#include "blocker/delivery/webhook_channel.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using ringfence::MustHold;

bool IsShown(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') return false;
  }
  return text.size() <= 200;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto answer = ringfence::AnswerFromJson(bytes);
  if (answer.ok()) {
    MustHold(IsShown(answer->text));
    MustHold(answer->outcome <= ringfence::Outcome::kBusy);
  }
  MustHold(IsShown(ringfence::ShownText(bytes)));
  MustHold(!ringfence::WebhookOutcome(404, bytes).ok());
  const auto target = ringfence::ParseHttpTarget(bytes);
  if (target.ok()) {
    MustHold(target->port != 0 && target->path.front() == '/');
    MustHold(target->host == "::1" || target->host.starts_with("127."));
  }
  return 0;
}
