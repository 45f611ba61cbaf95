// Any bytes from Redis: they are the same replies in whatever pieces they come, and what the
// replies say of the lists is an error or values that ringfence itself would have written.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/fuzz_input.h"
#include "whitelist/redis/list_replies.h"
#include "whitelist/redis/redis_reply.h"

namespace ringfence {
namespace {

// hiredis takes an announced length at its word and asks for memory, up to 16 GiB, that it does not
// touch. Linux gives it or not; libFuzzer ends.
bool AsksForTooMuch(std::string_view bytes) {
  size_t digits = 0;
  for (const char c : bytes) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > 6) return true;
  }
  return false;
}

bool Same(const RedisReply& a, const RedisReply& b) {
  return a.kind == b.kind && a.integer == b.integer && a.text == b.text &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), Same);
}

std::vector<RedisReply> ReadAll(std::string_view bytes, size_t piece) {
  std::vector<RedisReply> replies;
  RedisReplyReader reader;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    if (!reader.Feed(bytes.substr(at, piece)).ok()) return replies;
    for (;;) {
      RedisReply reply;
      const auto taken = reader.Take(reply);
      if (!taken.ok()) {
        MustHold(absl::IsDataLoss(taken.status()));
        return replies;
      }
      if (!*taken) break;
      replies.push_back(std::move(reply));
    }
  }
  return replies;
}

RedisReply Text(std::string text) {
  RedisReply reply;
  reply.kind = RedisReply::Kind::kText;
  reply.text = std::move(text);
  return reply;
}

void CheckManifest(const RedisReply& reply) {
  const auto manifest = ReadManifest(reply);
  if (!manifest.ok()) return;
  RedisReply again;
  again.kind = RedisReply::Kind::kArray;
  const RedisCommand written = WriteManifest(*manifest);
  for (size_t i = 2; i < written.size(); ++i) again.items.push_back(Text(written[i]));
  const auto read = ReadManifest(again);
  MustHold(read.ok() && *read == *manifest);
}

void CheckValue(std::string_view value) {
  if (const auto facts = DecodeEntry(value); facts.ok()) {
    WhitelistEntry entry;
    entry.added = facts->added;
    entry.expires = facts->expires;
    entry.scope = facts->scope;
    const auto again = DecodeEntry(EncodeEntry(entry));
    MustHold(again.ok() && *again == *facts);
  }
  if (const auto owner = DecodeOwner(value); owner.ok()) {
    VoiceLine line;
    line.id = owner->line;
    line.customer = owner->customer;
    line.line_class = owner->line_class;
    line.status = owner->status;
    line.industry = owner->industry;
    const auto again = DecodeOwner(EncodeOwner(line));
    MustHold(again.ok() && *again == *owner);
  }
}

void Check(const RedisReply& reply) {
  CheckManifest(reply);
  CheckValue(reply.text);
  for (size_t numbers = 0; numbers < 3; ++numbers) {
    const auto reading = ReadingOf(reply.items, numbers);
    if (reading.ok()) MustHold(reading->facts.size() == numbers);
  }
  ListDigest digest;
  const auto cursor = AddChunk(reply, ListDigest::List::kLedger, digest);
  if (cursor.ok()) MustHold(digest.Count() <= reply.items[1].items.size() / 2);
  for (const RedisReply& item : reply.items) Check(item);
}

}  // namespace
}  // namespace ringfence

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ringfence;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CheckValue(bytes);
  if (AsksForTooMuch(bytes)) return 0;
  const std::vector<RedisReply> replies = ReadAll(bytes, bytes.size() + 1);
  for (const size_t piece : {size_t{1}, size_t{7}}) {
    const std::vector<RedisReply> pieced = ReadAll(bytes, piece);
    MustHold(std::equal(replies.begin(), replies.end(), pieced.begin(), pieced.end(), Same));
  }
  for (const RedisReply& reply : replies) Check(reply);
  return 0;
}
