// What `ringfence doctor` looks at. Each check adds its findings; none changes anything.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "blocker/action_journal.h"
#include "blocker/order_store.h"
#include "tools/config/config.h"
#include "tools/service/data_folder.h"
#include "tools/service/status_file.h"
#include "whitelist/lists.h"
#include "whitelist/store/list_store.h"

namespace ringfence {

struct Diagnosis {
  enum class Level { kOk, kWarn, kFail };
  Level level = Level::kOk;
  std::string check;    // "store", "redis", …
  std::string finding;  // what was seen
  std::string advice;   // what to do; empty when nothing is
};

// What the checks share. Fields that could not be had are empty; the check that failed said so.
class Patient {
 public:
  Patient(Config configuration, EventTime time) : config(std::move(configuration)), now(time) {}

  void Ok(std::string check, std::string finding);
  void Warn(std::string check, std::string finding, std::string advice);
  void Fail(std::string check, std::string finding, std::string advice);

  const Config config;
  const EventTime now;
  const DataFolder folder{config.data};
  std::vector<Diagnosis> findings;

  std::unique_ptr<Database> database;
  std::unique_ptr<ListStore> store;
  std::shared_ptr<const Lists> lists;
  std::optional<ActionJournal> journal;
  std::optional<OrderStore> orders;
  bool service_runs = false;
};

// doctor_store.cc
void CheckFolder(Patient& patient);   // there, writable, room on the disk
void CheckStore(Patient& patient);    // opens, is whole; opens what later checks read
void CheckLists(Patient& patient);    // what they hold, and what the audit says of them
void CheckService(Patient& patient);  // runs, and speaks
void CheckFiles(Patient& patient);    // feed, quarantine, time zone, the redis-server program
void CheckWork(Patient& patient);     // held actions, overdue orders, the breaker

// doctor_keys.cc
void CheckKeys(Patient& patient);  // those of the socket: readable, secret, and a list with them
// Of keys whose names in the configuration begin with `keys`: warns, under the name of a check, of
// each that only the service can be asked about. False: there is none.
bool WarnOfServiceKeys(Patient& patient, const char* check, absl::string_view keys);

// doctor_delivery.cc
void CheckDeliveries(Patient& patient);  // keys and secrets; takes each receiver connections

// doctor_redis.cc
void CheckRedis(Patient& patient);  // answers, keeps what it is given, holds lists and table

}  // namespace ringfence
