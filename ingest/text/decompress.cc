#include "ingest/text/decompress.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

// What both decompressors share: an input buffer and the words of their errors.
class Inflater : public ByteStream {
 public:
  Inflater(std::unique_ptr<ByteStream> raw, std::string name, std::string_view kind)
      : raw_(std::move(raw)), name_(std::move(name)), kind_(kind), input_(kInputBytes) {}

  uint64_t raw_bytes_read() const override { return raw_->raw_bytes_read(); }
  std::optional<uint64_t> raw_size() const override { return raw_->raw_size(); }

 protected:
  static constexpr size_t kInputBytes = 128 * 1024;

  // Refills the input; false at its end.
  absl::StatusOr<bool> Refill() {
    RF_ASSIGN_OR_RETURN(size_, raw_->Read(input_.data(), input_.size()));
    return size_ > 0;
  }

  absl::Status Damaged(std::string_view what) const {
    return absl::DataLossError(absl::StrCat(
        name_, ": ", std::string(what), " in the ", std::string(kind_), " data near byte ",
        raw_bytes_read(), " of the file, after ", text_bytes_, " bytes of text"));
  }
  absl::Status CutOff() const {
    return absl::DataLossError(absl::StrCat(
        name_, ": the file is cut off: its ", std::string(kind_), " data ends early at byte ",
        raw_bytes_read(), ", after ", text_bytes_, " bytes of text"));
  }

  std::unique_ptr<ByteStream> raw_;
  std::string name_;
  std::string_view kind_;
  std::vector<char> input_;
  size_t size_ = 0;  // of what input_ holds
  uint64_t text_bytes_ = 0;
};

class GzipStream : public Inflater {
 public:
  GzipStream(std::unique_ptr<ByteStream> raw, std::string name)
      : Inflater(std::move(raw), std::move(name), "gzip") {}
  ~GzipStream() override { inflateEnd(&state_); }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  absl::Status Init() {
    constexpr int kGzipOnly = 15 + 16;
    if (inflateInit2(&state_, kGzipOnly) != Z_OK) {
      return absl::ResourceExhaustedError(absl::StrCat(name_, ": no memory to decompress"));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> Read(char* buffer, size_t capacity) override {
    state_.next_out = reinterpret_cast<Bytef*>(buffer);
    state_.avail_out = static_cast<uInt>(std::min<size_t>(capacity, 1u << 30));
    const uInt room = state_.avail_out;
    while (state_.avail_out == room) {
      if (state_.avail_in == 0) {
        RF_ASSIGN_OR_RETURN(const bool more, Refill());
        if (!more) {
          if (!between_members_) return CutOff();
          return size_t{0};
        }
        state_.next_in = reinterpret_cast<Bytef*>(input_.data());
        state_.avail_in = static_cast<uInt>(size_);
      }
      if (between_members_ && !StartMember()) continue;
      const int result = inflate(&state_, Z_NO_FLUSH);
      if (result == Z_STREAM_END) {
        between_members_ = true;
        inflateReset(&state_);
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return Damaged(state_.msg != nullptr ? state_.msg : "an error");
      }
    }
    const size_t count = room - state_.avail_out;
    text_bytes_ += count;
    return count;
  }

 private:
  // Skips the zero bytes that tapes pad with; true when a member follows.
  bool StartMember() {
    while (state_.avail_in > 0 && *state_.next_in == 0) {
      ++state_.next_in;
      --state_.avail_in;
    }
    between_members_ = state_.avail_in == 0;
    return !between_members_;
  }

  z_stream state_{};
  bool between_members_ = false;
};

class ZstdStream : public Inflater {
 public:
  ZstdStream(std::unique_ptr<ByteStream> raw, std::string name)
      : Inflater(std::move(raw), std::move(name), "zstd"), state_(ZSTD_createDStream()) {}
  ~ZstdStream() override { ZSTD_freeDStream(state_); }
  ZstdStream(const ZstdStream&) = delete;
  ZstdStream& operator=(const ZstdStream&) = delete;

  absl::Status Init() {
    if (state_ == nullptr) {
      return absl::ResourceExhaustedError(absl::StrCat(name_, ": no memory to decompress"));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> Read(char* buffer, size_t capacity) override {
    ZSTD_outBuffer out = {buffer, capacity, 0};
    while (out.pos == 0) {
      if (in_.pos == in_.size && !flush_pending_) {
        RF_ASSIGN_OR_RETURN(const bool more, Refill());
        if (!more) {
          if (inside_frame_) return CutOff();
          return size_t{0};
        }
        in_ = {input_.data(), size_, 0};
      }
      const size_t hint = ZSTD_decompressStream(state_, &out, &in_);
      if (ZSTD_isError(hint)) return Damaged(ZSTD_getErrorName(hint));
      inside_frame_ = hint != 0;
      flush_pending_ = out.pos == out.size && inside_frame_;
    }
    text_bytes_ += out.pos;
    return out.pos;
  }

 private:
  ZSTD_DStream* state_;
  ZSTD_inBuffer in_ = {nullptr, 0, 0};
  bool inside_frame_ = false;
  bool flush_pending_ = false;  // the output was full: more may come without more input
};

}  // namespace

Compression CompressionOf(std::string_view first_bytes) {
  if (first_bytes.starts_with("\x1f\x8b")) return Compression::kGzip;
  if (first_bytes.starts_with("\x28\xb5\x2f\xfd")) return Compression::kZstd;
  return Compression::kNone;
}

absl::StatusOr<std::unique_ptr<ByteStream>> Decompress(Compression compression,
                                                       std::unique_ptr<ByteStream> raw,
                                                       const std::string& name) {
  if (compression == Compression::kGzip) {
    auto stream = std::make_unique<GzipStream>(std::move(raw), name);
    RF_RETURN_IF_ERROR(stream->Init());
    return stream;
  }
  auto stream = std::make_unique<ZstdStream>(std::move(raw), name);
  RF_RETURN_IF_ERROR(stream->Init());
  return stream;
}

}  // namespace ringfence
