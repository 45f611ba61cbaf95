#include "tools/ringfence/live_feed.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"
#include "ingest/record_file.h"

namespace ringfence {
namespace {

using std::chrono::milliseconds;

constexpr size_t kGroupBytes = 256 * 1024;
constexpr uint32_t kGroupRecords = 10'000;
constexpr milliseconds kGroupAge{200};
constexpr milliseconds kLookEvery{20};
// Until the disk or the spool has room again.
constexpr milliseconds kRetryEvery{100};

std::string_view WithoutLineEnds(std::string_view record) {
  while (record.starts_with('\n')) record.remove_prefix(1);
  while (record.ends_with('\n') || record.ends_with('\r')) record.remove_suffix(1);
  return record;
}

}  // namespace

absl::StatusOr<size_t> LiveInput::Read(char* buffer, size_t capacity) {
  for (;;) {
    RF_RETURN_IF_ERROR(idle_());
    pollfd ready{file_, POLLIN, 0};
    if (poll(&ready, 1, static_cast<int>(kLookEvery.count())) <= 0) continue;
    const ssize_t got = read(file_, buffer, capacity);
    if (got >= 0) {
      read_ += static_cast<uint64_t>(got);
      return static_cast<size_t>(got);
    }
    if (errno == EINTR || errno == EAGAIN) continue;
    return absl::UnavailableError(absl::StrCat("standard input: ", std::strerror(errno)));
  }
}

absl::Status LiveFeed::Idle() {
  if (world_.interrupted()) return absl::CancelledError("interrupted");
  RF_RETURN_IF_ERROR(sender_.Poll());
  if (count_ == 0 || world_.steady_now() - since_ < kGroupAge) return absl::OkStatus();
  return Flush();
}

absl::Status LiveFeed::Run(std::unique_ptr<ByteStream> input, const Layout& layout,
                           const std::optional<BinaryOptions>& binary) {
  RecordFile file =
      RecordFile::Of(std::move(input), "standard input", layout, RecordText::kMaxRecordBytes);
  std::optional<RecordText> text;
  if (binary) {
    RF_ASSIGN_OR_RETURN(BinaryTranslator translator, BinaryTranslator::Create(layout, *binary));
    text.emplace(std::move(file), std::move(translator));
  } else {
    text.emplace(std::move(file));
  }
  const absl::Status taken = TakeAll(*text, layout);
  cut_ = text->cut();
  const absl::Status flushed = Flush();
  RF_RETURN_IF_ERROR(flushed);
  return absl::IsCancelled(taken) ? absl::OkStatus() : taken;
}

absl::Status LiveFeed::TakeAll(RecordText& text, const Layout& layout) {
  const bool lines = layout.record_bytes() == 0;
  std::string record;
  for (;;) {
    record.clear();
    RF_ASSIGN_OR_RETURN(const bool more, text.Append(record));
    if (!more) return absl::OkStatus();
    // A log that is rotated begins with its header again.
    if (layout.IsHeader(lines ? WithoutLineEnds(record) : record)) continue;
    if (count_ > 0 && group_.size() + record.size() > kGroupBytes) RF_RETURN_IF_ERROR(Flush());
    if (count_++ == 0) since_ = world_.steady_now();
    group_ += record;
    if (count_ == kGroupRecords) RF_RETURN_IF_ERROR(Flush());
  }
}

absl::Status LiveFeed::Flush() {
  if (count_ == 0) return absl::OkStatus();
  RF_RETURN_IF_ERROR(Retry([this] { return sender_.Append(group_, count_); }));
  RF_RETURN_IF_ERROR(Retry([this] { return sender_.Commit(); }));
  taken_ += count_;
  group_.clear();
  count_ = 0;
  return absl::OkStatus();
}

// Without room nothing more is read, and whoever feeds us has to wait.
absl::Status LiveFeed::Retry(const std::function<absl::Status()>& step) {
  for (;;) {
    const absl::Status done = step();
    if (!absl::IsResourceExhausted(done)) return done;
    if (world_.interrupted()) {
      return absl::ResourceExhaustedError(absl::StrCat(done.message(), ". The last ", count_,
                                                       " records read are not in the spool"));
    }
    RF_RETURN_IF_ERROR(sender_.Poll());
    poll(nullptr, 0, static_cast<int>(kRetryEvery.count()));
  }
}

}  // namespace ringfence
