#include "tests/sim/sim_network.h"

#include <algorithm>

namespace ringfence {
namespace {

bool Happens(Chance& chance, uint64_t one_in) { return one_in != 0 && chance.OneIn(one_in); }

}  // namespace

SimTime SimNetwork::Arrival(SimTime now) {
  const auto most = static_cast<uint64_t>(weather.delay.count());
  return now + std::chrono::microseconds(most + chance_.Below(most + 1));
}

void SimNetwork::Put(Message message, SimTime at) {
  if (weather.parted || Happens(chance_, weather.lost)) return;
  if (Happens(chance_, weather.damaged) && !message.bytes.empty()) {
    char& byte = message.bytes[chance_.Below(message.bytes.size())];
    byte = static_cast<char>(byte ^ (1 << chance_.Below(8)));
  }
  under_way_.emplace(std::pair(at, ++number_), std::move(message));
}

void SimNetwork::Send(uint64_t connection, std::string_view bytes, SimTime now) {
  SimTime at = Arrival(now);
  if (Happens(chance_, weather.overtaken)) at += 4 * weather.delay;
  if (Happens(chance_, weather.repeated)) {
    Put({connection, false, std::string(bytes)}, at + 3 * weather.delay);
  }
  Put({connection, false, std::string(bytes)}, at);
}

void SimNetwork::Answer(uint64_t connection, std::string_view bytes, SimTime now) {
  SimTime& latest = latest_answer_[connection];
  latest = std::max(latest, Arrival(now));
  Put({connection, true, std::string(bytes)}, latest);
}

void SimNetwork::ReceiverGone() {
  std::erase_if(under_way_, [](const auto& item) { return !item.second.answer; });
}

std::vector<SimNetwork::Message> SimNetwork::Arrived(SimTime now) {
  std::vector<Message> arrived;
  const auto end = under_way_.upper_bound({now, UINT64_MAX});
  for (auto it = under_way_.begin(); it != end; ++it) arrived.push_back(std::move(it->second));
  under_way_.erase(under_way_.begin(), end);
  return arrived;
}

}  // namespace ringfence
