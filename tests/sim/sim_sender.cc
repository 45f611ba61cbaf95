#include "tests/sim/sim_sender.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "ingest/client/binary_translator.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr uint64_t kEpoch = 7;
constexpr uint64_t kMostInABatch = 12;

constexpr char kHeader[] = "record_id,calling,called,setup_time";

std::string BinaryRecord(BinaryTranslator& translator, const std::string& line) {
  std::string record;
  const RawRecord raw{.bytes = line,
                      .offset = 0,
                      .line = 1,
                      .length = line.size(),
                      .unterminated = false,
                      .fault = {}};
  if (!translator.Take(raw, record).value()) std::abort();
  return record;
}

}  // namespace

SimSender::SimSender(std::string source, const std::vector<std::string>& lines, Form form,
                     SimNetwork& network, Chance& chance)
    : source_(std::move(source)), network_(network), chance_(chance) {
  if (form == Form::kText) {
    format_.format = "canonical";
    format_.header = kHeader;
    for (const std::string& line : lines) records_.push_back(line + "\n");
    return;
  }
  const BinaryOptions options{.decode = {NumberPlan::Create({}).value(), absl::UTCTimeZone()}};
  format_ = BinarySpec(options);
  BinaryTranslator translator =
      BinaryTranslator::Create(LayoutOf("canonical", kHeader, "", "").value(), options).value();
  for (const std::string& line : lines) records_.push_back(BinaryRecord(translator, line));
}

absl::Status SimSender::Reconnect() {
  connection_ = chance_.Next();
  return absl::OkStatus();
}

absl::StatusOr<bool> SimSender::Send(SharedMessage message) {
  network_.Send(connection_, *message, now_);
  return true;
}

void SimSender::Begin(SimTime now) {
  SenderLimits limits;
  limits.endpoint = "sim";
  limits.source = source_;
  limits.window_bytes = 4096;
  limits.resend_after = std::chrono::milliseconds(200);
  limits.resend_after_max = std::chrono::milliseconds(1000);
  limits.give_up_after = std::chrono::hours(1);
  ReceiverLink& link = *this;
  protocol_ = std::make_unique<SenderProtocol>(limits, link);
  finishing_ = false;
  Note(protocol_->Open("live", kEpoch, format_, 0, now));
}

void SimSender::Step(SimTime now) {
  now_ = now;
  if (done_) return;
  if (protocol_ == nullptr) Begin(now);
  Note(SendSome(now));
  Note(protocol_->Step(now));
  promised_ = std::max(promised_, protocol_->acked());
  done_ = protocol_->finished();
}

absl::Status SimSender::SendSome(SimTime now) {
  if (!protocol_->opened() || finishing_) return absl::OkStatus();
  while (protocol_->next_seq() < records_.size()) {
    const uint64_t first = protocol_->next_seq();
    const uint64_t count = std::min(1 + chance_.Below(kMostInABatch), records_.size() - first);
    std::string batch;
    for (uint64_t i = 0; i < count; ++i) batch += records_[first + i];
    if (!protocol_->RoomFor(batch.size())) return absl::OkStatus();
    RF_RETURN_IF_ERROR(protocol_->Send(batch, static_cast<uint32_t>(count), first * 100, now));
  }
  finishing_ = true;
  return protocol_->BeginFinish(now);
}

void SimSender::OnAnswer(const SimNetwork::Message& message, SimTime now) {
  now_ = now;
  if (protocol_ == nullptr || message.connection != connection_) return;
  Note(protocol_->OnMessage(message.bytes, now));
  if (!protocol_->opened()) return;
  if (protocol_->acked() < promised_) complaint_ = "the receiver has less than it promised";
  promised_ = std::max(promised_, protocol_->acked());
}

// Whatever else goes wrong, it begins again; that promised records are gone is never right.
void SimSender::Note(const absl::Status& status) {
  if (status.ok()) return;
  if (absl::IsDataLoss(status)) complaint_ = std::string(status.message());
  protocol_.reset();
  Begin(now_);
}

}  // namespace ringfence
