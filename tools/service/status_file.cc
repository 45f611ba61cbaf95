#include "tools/service/status_file.h"

#include <cstdio>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "ingest/json/json_text.h"
#include "ingest/json/json_tree.h"

namespace ringfence {
namespace {

JsonObject ToJson(const Reconciliation& account) {
  JsonObject rejected;
  for (size_t i = 0; i < kRejectReasonCount; ++i) {
    if (account.rejected[i] == 0) continue;
    const auto reason = static_cast<RejectReason>(i);
    rejected.Add(RejectReasonName(reason), account.rejected[i]);
  }
  return {{"read", account.read},
          {"accepted", account.accepted},
          {"duplicates", account.duplicates},
          {"late", account.late},
          {"rejected", rejected}};
}

JsonObject ToJson(const BlockerProbe& probe) {
  return {{"detections", probe.detections},
          {"reported", probe.reported},
          {"held", probe.held},
          {"authorised", probe.authorised},
          {"dispatched", probe.dispatched},
          {"confirmed", probe.confirmed},
          {"failed", probe.failed},
          {"expired", probe.expired},
          {"orders_opened", probe.orders_opened}};
}

JsonObject ToJson(const DetectorStats& stats) {
  return {{"consumed", stats.consumed},
          {"tracked_numbers", stats.tracked_numbers},
          {"retained_times", stats.retained_times},
          {"received_calls", stats.received_calls},
          {"flood_late", stats.flood_late},
          {"memory_bytes", stats.memory_bytes},
          {"open_warnings", stats.open_warnings},
          {"open_alerts", stats.open_alerts}};
}

JsonObject ToJson(const DurabilityStatus& durability) {
  return {{"lsn", durability.lsn},
          {"durable_lsn", durability.durable_lsn},
          {"snapshot_lsn", durability.snapshot_lsn},
          {"snapshot_at", ToUnixMicros(durability.snapshot_at)},
          {"snapshot_bytes", durability.snapshot_bytes},
          {"snapshot_ms", durability.snapshot_took.count()},
          {"snapshot_pause_us", durability.snapshot_pause.count()},
          {"restore_ms", durability.restore_took.count()},
          {"replay_ms", durability.replay_took.count()},
          {"replayed_entries", durability.replayed_entries},
          {"replayed_records", durability.replayed_records},
          {"queue_bytes", durability.queue_bytes},
          {"disk_used_percent", durability.disk_used_percent},
          {"armed", durability.armed},
          {"disarmed_because", durability.disarmed_because}};
}

// Reads the members of one object; `damaged`, which all readers share, names the first that is
// missing or of another kind.
class Fields {
 public:
  Fields(const JsonTree& object, std::string& damaged) : object_(object), damaged_(damaged) {}

  std::string Text(const char* key) const {
    const std::string* text = object_.TextOf(key);
    return text != nullptr ? *text : Damaged(key, std::string());
  }
  template <typename Number>
  void Read(const char* key, Number& number) const {
    number = static_cast<Number>(object_.UnsignedOf(key).value_or(0));
    if (!object_.UnsignedOf(key).has_value()) Damaged(key, 0);
  }
  int64_t Integer(const char* key) const {
    const auto number = object_.IntegerOf(key);
    return number.has_value() ? *number : Damaged(key, int64_t{0});
  }
  bool Flag(const char* key) const {
    const JsonTree* member = object_.Find(key);
    const auto flag = member == nullptr ? std::nullopt : member->Bool();
    return flag.has_value() ? *flag : Damaged(key, false);
  }
  // Reads as if empty if it is missing.
  Fields Object(const char* key) const {
    static const JsonTree kNothing;
    const JsonTree* member = object_.Find(key);
    return {member != nullptr ? *member : Damaged(key, std::cref(kNothing)).get(), damaged_};
  }
  // A member that need not be there.
  uint64_t CountOrNone(std::string_view key) const { return object_.UnsignedOf(key).value_or(0); }

 private:
  template <typename T>
  T Damaged(const char* key, T instead) const {
    if (damaged_.empty()) damaged_ = key;
    return instead;
  }

  const JsonTree& object_;
  std::string& damaged_;
};

DurabilityStatus DurabilityFrom(const Fields& fields) {
  DurabilityStatus durability;
  fields.Read("lsn", durability.lsn);
  fields.Read("durable_lsn", durability.durable_lsn);
  fields.Read("snapshot_lsn", durability.snapshot_lsn);
  durability.snapshot_at = FromUnixMicros(fields.Integer("snapshot_at"));
  fields.Read("snapshot_bytes", durability.snapshot_bytes);
  durability.snapshot_took = std::chrono::milliseconds(fields.Integer("snapshot_ms"));
  durability.snapshot_pause = std::chrono::microseconds(fields.Integer("snapshot_pause_us"));
  durability.restore_took = std::chrono::milliseconds(fields.CountOrNone("restore_ms"));
  durability.replay_took = std::chrono::milliseconds(fields.CountOrNone("replay_ms"));
  fields.Read("replayed_entries", durability.replayed_entries);
  durability.replayed_records = fields.CountOrNone("replayed_records");
  fields.Read("queue_bytes", durability.queue_bytes);
  fields.Read("disk_used_percent", durability.disk_used_percent);
  durability.armed = fields.Flag("armed");
  durability.disarmed_because = fields.Text("disarmed_because");
  return durability;
}

Reconciliation AccountFrom(const Fields& fields) {
  Reconciliation account;
  fields.Read("read", account.read);
  fields.Read("accepted", account.accepted);
  fields.Read("duplicates", account.duplicates);
  fields.Read("late", account.late);
  const Fields rejected = fields.Object("rejected");
  for (size_t i = 0; i < kRejectReasonCount; ++i) {
    account.rejected[i] = rejected.CountOrNone(RejectReasonName(static_cast<RejectReason>(i)));
  }
  return account;
}

ServiceStatus StatusFrom(const Fields& fields) {
  ServiceStatus status;
  fields.Read("pid", status.pid);
  status.state = fields.Text("state");
  status.endpoint = fields.Text("endpoint");
  status.redis = fields.Text("redis");
  status.written_at = FromUnixMicros(fields.Integer("written_at"));
  status.account = AccountFrom(fields.Object("account"));
  const Fields detector = fields.Object("detector");
  detector.Read("consumed", status.detector.consumed);
  detector.Read("tracked_numbers", status.detector.tracked_numbers);
  status.detector.received_calls = detector.CountOrNone("received_calls");
  status.detector.flood_late = detector.CountOrNone("flood_late");
  detector.Read("memory_bytes", status.detector.memory_bytes);
  detector.Read("open_alerts", status.detector.open_alerts);
  const Fields blocker = fields.Object("blocker");
  blocker.Read("held", status.blocker.held);
  blocker.Read("confirmed", status.blocker.confirmed);
  status.durability = DurabilityFrom(fields.Object("durability"));
  return status;
}

}  // namespace

absl::Status WriteStatus(const ServiceStatus& status, const std::string& path) {
  const JsonObject object{{"pid", status.pid},
                          {"state", status.state},
                          {"endpoint", status.endpoint},
                          {"redis", status.redis},
                          {"written_at", ToUnixMicros(status.written_at)},
                          {"account", ToJson(status.account)},
                          {"detector", ToJson(status.detector)},
                          {"blocker", ToJson(status.blocker)},
                          {"durability", ToJson(status.durability)}};
  const std::string temporary = path + ".new";
  {
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file << Indented(object) << "\n";
    if (!file.flush()) return absl::UnavailableError(absl::StrCat(temporary, ": can't be written"));
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    return absl::UnavailableError(absl::StrCat(path, ": can't be written"));
  }
  return absl::OkStatus();
}

absl::StatusOr<ServiceStatus> ReadStatus(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": no service has run here"));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto json = JsonTree::Parse(text);
  if (!json.has_value()) return absl::DataLossError(absl::StrCat(path, ": not JSON"));
  std::string damaged;
  ServiceStatus status = StatusFrom(Fields(*json, damaged));
  if (damaged.empty()) return status;
  return absl::DataLossError(absl::StrCat(path, ": ", damaged, " is missing or wrong"));
}

}  // namespace ringfence
