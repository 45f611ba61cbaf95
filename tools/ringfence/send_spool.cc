#include "tools/ringfence/send_spool.h"

#include <unistd.h>

#include <memory>
#include <utility>

#include "ingest/client/spool.h"
#include "ingest/client/spool_folder.h"
#include "ingest/model/status_macros.h"
#include "ingest/text/first_line.h"
#include "ingest/transport/zmq_context.h"
#include "tools/ringfence/live_feed.h"

namespace ringfence {
namespace {

// After an interruption: for answers that are on their way.
constexpr std::chrono::seconds kLastWait{1};

FormatSpec SpecOf(const Layout& layout, const ReadingOptions& reading) {
  return {std::string(CdrFormatName(layout.format)),
          layout.header,
          layout.columns,
          std::string(1, layout.delimiter),
          reading.country,
          reading.area,
          reading.numbers,
          reading.time_zone};
}

class SpoolSending {
 public:
  SpoolSending(const SpoolSendOptions& options, Context& context, SpoolSent& sent)
      : options_(options), context_(context), sent_(sent) {}

  absl::Status Run() {
    RF_ASSIGN_OR_RETURN(folder_, SpoolFolder::Open(options_.folder));
    SpoolOptions spool;
    spool.max_bytes = options_.max_megabytes * 1024 * 1024;
    spool.salt = context_.random();
    RF_ASSIGN_OR_RETURN(spool_, Spool::Open(folder_->disk(), spool));
    if (spool_->stream() != nullptr) RF_RETURN_IF_ERROR(MakeSender());
    const absl::Status status = SendAll();
    if (sender_ != nullptr) sent_.state = sender_->state();
    if (feed_ != nullptr) sent_.taken = feed_->taken();
    if (feed_ != nullptr) sent_.cut = feed_->cut();
    return status;
  }

 private:
  absl::Status SendAll() {
    if (options_.standard_input) RF_RETURN_IF_ERROR(Feed());
    return sender_ == nullptr ? absl::OkStatus() : Drain();
  }

  absl::Status Feed() {
    auto input = std::make_unique<LiveInput>(STDIN_FILENO, [this] {
      if (feed_ != nullptr) return feed_->Idle();
      return context_.interrupted() ? absl::CancelledError("interrupted") : absl::OkStatus();
    });
    std::string text;
    const absl::StatusOr<std::string> first = ReadFirstLine(*input, text);
    if (absl::IsCancelled(first.status())) return absl::OkStatus();
    RF_RETURN_IF_ERROR(first.status());
    if (first->empty()) return absl::OkStatus();
    RF_ASSIGN_OR_RETURN(const Layout layout, LayoutFor(*first));
    RF_RETURN_IF_ERROR(spool_->Begin(StreamFor(layout)));
    if (sender_ == nullptr) RF_RETURN_IF_ERROR(MakeSender());
    return feed_->Run(Unread(std::move(text), std::move(input)), layout, options_.binary);
  }

  // The spool's own, unless the input has a header of its own, or another format was asked for:
  // Begin() compares them then.
  absl::StatusOr<Layout> LayoutFor(const std::string& first) const {
    const absl::StatusOr<Layout> found = FindLayout(options_.layout, {first});
    if (spool_->stream() == nullptr) return found;
    const FormatSpec& has = spool_->stream()->format;
    const bool chosen = options_.layout.format != "auto" || !options_.layout.columns.empty();
    // What a spool holds says nothing about the text that was made binary for it.
    if (options_.binary || (found.ok() && (chosen || !found->header.empty()))) return found;
    return LayoutOf(has.format, has.header, has.columns, has.delimiter);
  }

  StreamInfo StreamFor(const Layout& layout) const {
    std::string source = options_.sender.source;
    if (source.empty()) source = spool_->stream() ? spool_->stream()->key.source : options_.host;
    return {{std::move(source), options_.stream, context_.random()},
            options_.binary ? BinarySpec(*options_.binary) : SpecOf(layout, options_.reading)};
  }

  absl::Status MakeSender() {
    RF_ASSIGN_OR_RETURN(sender_, SpooledSender::Create(zmq_, options_.sender, *spool_));
    feed_ = std::make_unique<LiveFeed>(*sender_,
                                       LiveFeed::World{context_.steady_now, context_.interrupted});
    return absl::OkStatus();
  }

  // As long as the service comes a step further.
  absl::Status Drain() {
    for (;;) {
      const uint64_t before = sender_->state().durable_there;
      const bool last = context_.interrupted();
      const auto deadline = context_.steady_now() + (last ? kLastWait : options_.patience);
      RF_ASSIGN_OR_RETURN(const SpoolState state,
                          sender_->Drain(deadline, last ? nullptr : context_.interrupted));
      if (state.Empty() && sender_->connected()) return absl::OkStatus();
      if (!last && context_.interrupted()) continue;
      if (last || state.durable_there == before) return absl::OkStatus();
    }
  }

  const SpoolSendOptions& options_;
  Context& context_;
  SpoolSent& sent_;
  ZmqContext zmq_;
  std::unique_ptr<SpoolFolder> folder_;
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<SpooledSender> sender_;
  std::unique_ptr<LiveFeed> feed_;
};

}  // namespace

absl::Status SendSpool(const SpoolSendOptions& options, Context& context, SpoolSent& sent) {
  return SpoolSending(options, context, sent).Run();
}

}  // namespace ringfence
