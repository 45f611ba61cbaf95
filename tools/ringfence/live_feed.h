// Records from standard input into a spool, while the spool is sent.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/client/record_text.h"
#include "ingest/client/spooled_sender.h"
#include "ingest/layout.h"
#include "ingest/text/byte_stream.h"

namespace ringfence {

// A file descriptor as it is fed. While nothing comes, `idle` is called again and again; its error
// ends the stream.
class LiveInput : public ByteStream {
 public:
  using Idle = std::function<absl::Status()>;

  LiveInput(int file, Idle idle) : file_(file), idle_(std::move(idle)) {}

  absl::StatusOr<size_t> Read(char* buffer, size_t capacity) override;
  uint64_t raw_bytes_read() const override { return read_; }
  std::optional<uint64_t> raw_size() const override { return std::nullopt; }

 private:
  int file_;
  Idle idle_;
  uint64_t read_ = 0;
};

// Groups records: a group becomes durable when it is large or 200 ms old.
class LiveFeed {
 public:
  struct World {
    std::function<std::chrono::steady_clock::time_point()> steady_now;
    std::function<bool()> interrupted;
  };

  // `sender` must outlive it.
  LiveFeed(SpooledSender& sender, World world) : sender_(sender), world_(std::move(world)) {}

  // Takes the input to its end; lines that repeat the header are no records. When it is
  // interrupted, what was read as whole records is made durable and the answer is OK.
  // `binary`: makes them binary records first.
  absl::Status Run(std::unique_ptr<ByteStream> input, const Layout& layout,
                   const std::optional<BinaryOptions>& binary);

  // For LiveInput: makes durable what is due, and lets the sender work.
  absl::Status Idle();

  uint64_t taken() const { return taken_; }  // records that are durable here
  uint64_t cut() const { return cut_; }      // of these, only their beginning: they were too long

 private:
  absl::Status TakeAll(RecordText& text, const Layout& layout);
  absl::Status Flush();
  absl::Status Retry(const std::function<absl::Status()>& step);

  SpooledSender& sender_;
  const World world_;
  std::string group_;
  uint32_t count_ = 0;
  std::chrono::steady_clock::time_point since_;  // of the group's first record
  uint64_t taken_ = 0;
  uint64_t cut_ = 0;
};

}  // namespace ringfence
