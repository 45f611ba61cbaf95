#include "blocker/action_id.h"

#include <xxhash.h>

#include <array>
#include <cstdio>

#include "blocker/canonical_bytes.h"

namespace ringfence {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
// Crockford's base 32: no I, L, O, U, so that an id survives a telephone call.
constexpr std::string_view kBase32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr int kOrderCodeLength = 6;

std::string Hex(XXH128_hash_t hash) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  std::string text;
  for (const unsigned char byte : canonical.digest) {
    text.push_back(kHex[byte >> 4]);
    text.push_back(kHex[byte & 0xf]);
  }
  return text;
}

}  // namespace

ActionId MakeActionId(const Detection& detection) {
  CanonicalBytes bytes;
  bytes.Text("ringfence.action.1")
      .Text(detection.rule.value())
      .U32(detection.rule_version)
      .U8(static_cast<uint8_t>(detection.subject.kind))
      .Text(SubjectText(detection.subject))
      .U8(static_cast<uint8_t>(detection.level))
      .I64(ToUnixMicros(detection.at));
  return ActionId(Hex(XXH3_128bits(bytes.bytes().data(), bytes.bytes().size())));
}

ActionId MakeManualActionId(CallingNumber number, std::string_view kind, std::string_view person,
                            EventTime at) {
  CanonicalBytes bytes;
  bytes.Text("ringfence.manual.1")
      .Text(number.ToString())
      .Text(kind)
      .Text(person)
      .I64(ToUnixMicros(at));
  return ActionId(Hex(XXH3_128bits(bytes.bytes().data(), bytes.bytes().size())));
}

WorkOrderId MakeWorkOrderId(const ActionId& cause, EventTime opened, Duration day_offset,
                            uint32_t attempt) {
  CanonicalBytes bytes;
  bytes.Text("ringfence.order.1").Text(cause.value()).U32(attempt);
  uint64_t bits = XXH3_128bits(bytes.bytes().data(), bytes.bytes().size()).low64;
  std::string code;
  for (int i = 0; i < kOrderCodeLength; ++i, bits >>= 5) code.push_back(kBase32[bits & 31]);

  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(opened + day_offset));
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "WO-%04d%02u%02u-%s", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()), code.c_str());
  return WorkOrderId(text.data());
}

}  // namespace ringfence
