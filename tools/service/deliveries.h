// The receivers of actions beside the switch's table, as the configuration names them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "blocker/delivery/delivery_sink.h"
#include "ingest/transport/zmq_context.h"
#include "tools/config/config.h"

namespace ringfence {

struct NamedSink {
  std::string name;  // for people
  ActionSink* sink = nullptr;
};

// Has a ZeroMQ context of its own: its threads end with it, whenever that is.
class Deliveries {
 public:
  // Connects to nobody yet: a receiver that is away is no error. Errors: an address, key or secret
  // that can't be used, with its key of the configuration. What `sequencer` refers to must outlive
  // this.
  static absl::StatusOr<std::unique_ptr<Deliveries>> Open(const Config& config,
                                                          const DeliverySink::Sequencer& sequencer);

  std::vector<NamedSink> sinks() const;

 private:
  Deliveries() = default;
  void Add(std::string name, std::unique_ptr<Channel> channel, const Config& config,
           const DeliverySink::Sequencer& sequencer);

  struct Receiver {
    std::string name;
    std::unique_ptr<DeliverySink> sink;
  };
  ZmqContext zmq_;
  std::vector<Receiver> receivers_;
};

}  // namespace ringfence
