// What Redis answers, as values, and how they are made of the bytes that it sends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct redisReader;

namespace ringfence {

// A reply, by value.
struct RedisReply {
  enum class Kind { kNil, kInteger, kText, kArray, kError };
  Kind kind = Kind::kNil;
  int64_t integer = 0;
  std::string text;  // also the status and the error line
  std::vector<RedisReply> items;

  bool is_nil() const { return kind == Kind::kNil; }
  bool is_error() const { return kind == Kind::kError; }
};

// Takes bytes as they come and gives replies as they are complete. Knows no socket. After an error
// (DataLoss) it can't be used any more: nobody knows where the next reply begins.
class RedisReplyReader {
 public:
  RedisReplyReader();
  ~RedisReplyReader();
  RedisReplyReader(const RedisReplyReader&) = delete;
  RedisReplyReader& operator=(const RedisReplyReader&) = delete;

  absl::Status Feed(std::string_view bytes);
  // Replaces `reply` by the next one; false when it is not complete.
  absl::StatusOr<bool> Take(RedisReply& reply);

 private:
  absl::Status Unreadable() const;

  redisReader* reader_;
};

}  // namespace ringfence
