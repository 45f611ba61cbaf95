#include "tools/service/acceptor.h"

#include <utility>

#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWait(50);  // bounds the reaction to Stop() and TrimTo()
// A group ends when nothing more is there at once, or with these: what waits longer than a disk
// takes to sync would only make acknowledgements late.
constexpr size_t kGroupBytes = 4 * 1024 * 1024;
constexpr milliseconds kGroupTime(4);
constexpr milliseconds kTellEvery(200);
// Segments are removed one by one: a disk that is told which blocks are free (`discard`) does
// nothing else meanwhile, and acknowledgements wait for it.
constexpr milliseconds kTrimEvery(100);

}  // namespace

Acceptor::Acceptor(std::unique_ptr<Receiver> receiver, std::unique_ptr<Journal> journal,
                   EntryQueue& queue, World world)
    : receiver_(std::move(receiver)),
      journal_(std::move(journal)),
      queue_(queue),
      world_(std::move(world)),
      endpoint_(receiver_->endpoint()),
      group_(*journal_) {
  Tell(absl::OkStatus());
}

Acceptor::~Acceptor() { Stop(); }

void Acceptor::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Acceptor::Stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

AcceptorReport Acceptor::Report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

void Acceptor::Run() {
  absl::Status status;
  while (status.ok() && !stop_) {
    status = Round();
    if (!status.ok() || world_.steady_now() - told_ >= kTellEvery) Tell(status);
  }
  Tell(status);
}

absl::Status Acceptor::Round() {
  if (journal_->CanTrimTo(trim_to_) && world_.steady_now() - trimmed_ >= kTrimEvery) {
    RF_RETURN_IF_ERROR(journal_->TrimTo(trim_to_, 1));
    trimmed_ = world_.steady_now();
  }
  if (group_.empty()) {
    if (paused_ || !queue_.AwaitRoom(kWait)) {
      if (paused_) std::this_thread::sleep_for(kWait);
      return absl::OkStatus();
    }
    RF_RETURN_IF_ERROR(ReadGroup());
    if (group_.empty()) return absl::OkStatus();
  }
  return CommitGroup();
}

absl::Status Acceptor::ReadGroup() {
  RF_ASSIGN_OR_RETURN(bool got, receiver_->Next(group_.Slot(), kWait));
  const auto begun = world_.steady_now();
  const EventTime received_at = world_.now();
  while (got) {
    group_.Take(received_at);
    if (group_.bytes() >= kGroupBytes || world_.steady_now() - begun >= kGroupTime) break;
    RF_ASSIGN_OR_RETURN(got, receiver_->Next(group_.Slot(), milliseconds(0)));
  }
  return absl::OkStatus();
}

absl::Status Acceptor::CommitGroup() {
  const absl::Status committed = group_.Commit([this](const StreamKey& stream, uint64_t next_seq) {
    return receiver_->Ack(stream, next_seq);
  });
  // Nothing is lost: the group waits, and so do its senders.
  waits_for_room_ = absl::IsResourceExhausted(committed);
  if (waits_for_room_) {
    std::this_thread::sleep_for(kWait);
    return absl::OkStatus();
  }
  RF_RETURN_IF_ERROR(committed);
  queue_.Push(group_.entries());
  return absl::OkStatus();
}

void Acceptor::Tell(const absl::Status& status) {
  told_ = world_.steady_now();
  const std::lock_guard lock(mutex_);
  report_ = {.status = status,
             .durable_lsn = journal_->durable_lsn(),
             .waits_for_room = waits_for_room_,
             .received = receiver_->counters(),
             .handshakes = receiver_->handshakes()};
}

}  // namespace ringfence
