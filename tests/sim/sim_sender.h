// A sender of a simulation: the real state machine over the simulated network.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ingest/client/sender_protocol.h"
#include "tests/sim/chance.h"
#include "tests/sim/sim_network.h"

namespace ringfence {

// Has its records on a disk of its own: after a crash it begins again and asks where to go on.
class SimSender : private ReceiverLink {
 public:
  // Sends the lines as they are, or as binary records.
  enum class Form { kText, kBinary };

  SimSender(std::string source, const std::vector<std::string>& lines, Form form,
            SimNetwork& network, Chance& chance);

  // Sends what it may.
  void Step(SimTime now);
  void OnAnswer(const SimNetwork::Message& message, SimTime now);
  void Crash() { protocol_.reset(); }

  bool done() const { return done_; }
  // The receiver told somebody that everything before was durable.
  uint64_t promised() const { return promised_; }
  uint64_t connection() const { return connection_; }
  const std::string& source() const { return source_; }
  // Something that must never happen, in words.
  const std::string& complaint() const { return complaint_; }

 private:
  absl::Status Reconnect() override;
  absl::StatusOr<bool> Send(SharedMessage message) override;

  void Begin(SimTime now);
  absl::Status SendSome(SimTime now);
  void Note(const absl::Status& status);

  std::string source_;
  FormatSpec format_;
  std::vector<std::string> records_;  // with their line ends, or binary
  SimNetwork& network_;
  Chance& chance_;
  std::unique_ptr<SenderProtocol> protocol_;
  SimTime now_;
  uint64_t connection_ = 0;
  uint64_t offset_ = 0;
  uint64_t promised_ = 0;
  bool finishing_ = false;
  bool done_ = false;
  std::string complaint_;
};

}  // namespace ringfence
