// The network between senders and the receiver: delays, loses, damages, repeats and reorders.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sim/chance.h"

namespace ringfence {

using SimTime = std::chrono::steady_clock::time_point;

// How bad it is: one message in so many; 0: none.
struct SimWeather {
  uint64_t lost = 0;
  uint64_t damaged = 0;
  uint64_t repeated = 0;
  uint64_t overtaken = 0;
  std::chrono::microseconds delay{500};  // of each, at most twice that
  bool parted = false;                   // nothing gets through
};

// Towards the receiver anything can happen to a message. Answers of one connection keep their
// order, as TCP does: a sender may rely on that.
class SimNetwork {
 public:
  explicit SimNetwork(Chance& chance) : chance_(chance) {}

  struct Message {
    uint64_t connection = 0;
    bool answer = false;
    std::string bytes;
  };

  SimWeather weather;

  void Send(uint64_t connection, std::string_view bytes, SimTime now);
  void Answer(uint64_t connection, std::string_view bytes, SimTime now);
  // Takes what has arrived by now, in order of arrival.
  std::vector<Message> Arrived(SimTime now);
  // What is under way to the receiver is lost: its process ended. Answers that it sent still come.
  void ReceiverGone();
  bool quiet() const { return under_way_.empty(); }

 private:
  void Put(Message message, SimTime at);
  SimTime Arrival(SimTime now);

  Chance& chance_;
  uint64_t number_ = 0;
  std::map<std::pair<SimTime, uint64_t>, Message> under_way_;
  std::map<uint64_t, SimTime> latest_answer_;  // by connection
};

}  // namespace ringfence
