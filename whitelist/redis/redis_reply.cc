#include "whitelist/redis/redis_reply.h"

#include <hiredis/hiredis.h>

#include "absl/strings/str_cat.h"

namespace ringfence {
namespace {

RedisReply Copy(const redisReply& from) {
  RedisReply to;
  switch (from.type) {
    case REDIS_REPLY_INTEGER:
      to.kind = RedisReply::Kind::kInteger;
      to.integer = from.integer;
      break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
      to.kind = from.type == REDIS_REPLY_ERROR ? RedisReply::Kind::kError : RedisReply::Kind::kText;
      to.text.assign(from.str, from.len);
      break;
    case REDIS_REPLY_ARRAY:
      to.kind = RedisReply::Kind::kArray;
      to.items.reserve(from.elements);
      for (size_t i = 0; i < from.elements; ++i) to.items.push_back(Copy(*from.element[i]));
      break;
    default:
      to.kind = RedisReply::Kind::kNil;
  }
  return to;
}

}  // namespace

RedisReplyReader::RedisReplyReader() : reader_(redisReaderCreate()) {}

RedisReplyReader::~RedisReplyReader() {
  if (reader_ != nullptr) redisReaderFree(reader_);
}

absl::Status RedisReplyReader::Unreadable() const {
  if (reader_ == nullptr) return absl::ResourceExhaustedError("out of memory");
  return absl::DataLossError(absl::StrCat("sent what can't be read: ", reader_->errstr));
}

absl::Status RedisReplyReader::Feed(std::string_view bytes) {
  if (reader_ == nullptr || redisReaderFeed(reader_, bytes.data(), bytes.size()) != REDIS_OK) {
    return Unreadable();
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> RedisReplyReader::Take(RedisReply& reply) {
  void* parsed = nullptr;
  if (reader_ == nullptr || redisReaderGetReply(reader_, &parsed) != REDIS_OK) return Unreadable();
  if (parsed == nullptr) return false;
  reply = Copy(*static_cast<redisReply*>(parsed));
  freeReplyObject(parsed);
  return true;
}

}  // namespace ringfence
