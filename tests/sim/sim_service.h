// The service of a simulation: its real parts, on a simulated disk and network, in one thread.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "blocker/blocker.h"
#include "ingest/journal/journal.h"
#include "ingest/transport/receiver_protocol.h"
#include "tests/sim/chance.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_network.h"
#include "tests/unit/blocker/blocker_doubles.h"
#include "tools/service/group_commit.h"
#include "tools/service/recovery.h"
#include "tools/service/snapshot_files.h"

namespace ringfence {

// What outlives the process, and what it asks.
struct SimSurroundings {
  SimPlatter& platter;
  Database& database;
  FakeWhitelist& lists;
  FakeSink& sink;
  std::vector<std::string>& rejects;
  SimNetwork& network;
  Chance& chance;
};

class SimService final : private PeerOutbox, private RejectKeeper {
 public:
  // What `ringfence run` does at its start. Errors: the process could not start.
  static absl::StatusOr<std::unique_ptr<SimService>> Start(SimSurroundings around, EventTime wall,
                                                           SimTime now);

  // Errors end the process.
  absl::Status OnMessage(const SimNetwork::Message& message, EventTime wall, SimTime now);
  // Commits what has come, judges some of what is durable, now and then does what is due.
  absl::Status Round(EventTime wall, SimTime now);

  bool idle() const { return group_->empty() && durable_.empty(); }
  const ServiceCore& core() const { return *core_; }
  const Blocker& blocker() const { return *blocker_; }
  uint64_t durable_lsn() const { return journal_->durable_lsn(); }

 private:
  explicit SimService(SimSurroundings around)
      : around_(around), disk_(around.platter), files_(disk_) {}

  absl::Status Recover(EventTime wall);
  absl::Status OpenBlocker(EventTime wall);
  absl::Status Judge(EventTime wall);
  absl::Status Snapshot();

  absl::StatusOr<Sent> Send(std::string_view peer, std::string_view bytes) override;
  void OnReject(const Reject& reject) override;
  void OnLate(std::string_view source, std::string_view record) override;

  SimSurroundings around_;
  SimDisk disk_;
  SnapshotFiles files_;
  std::unique_ptr<ActionJournal> actions_;
  std::unique_ptr<OrderStore> orders_;
  std::unique_ptr<Blocker> blocker_;
  std::unique_ptr<ServiceCore> core_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<GroupCommit> group_;
  std::unique_ptr<ReceiverProtocol> receiver_;
  std::deque<DurableEntry> durable_;
  uint64_t snapshot_number_ = 0;
  SimTime now_;
};

}  // namespace ringfence
