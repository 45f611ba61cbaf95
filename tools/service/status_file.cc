#include "tools/service/status_file.h"

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace ringfence {
namespace {

using Json = nlohmann::ordered_json;

Json ToJson(const Reconciliation& account) {
  Json rejected = Json::object();
  for (size_t i = 0; i < kRejectReasonCount; ++i) {
    if (account.rejected[i] == 0) continue;
    const auto reason = static_cast<RejectReason>(i);
    rejected[std::string(RejectReasonName(reason))] = account.rejected[i];
  }
  return {{"read", account.read},
          {"accepted", account.accepted},
          {"duplicates", account.duplicates},
          {"late", account.late},
          {"rejected", std::move(rejected)}};
}

Json ToJson(const BlockerProbe& probe) {
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

Json ToJson(const DetectorStats& stats) {
  return {{"consumed", stats.consumed},
          {"tracked_numbers", stats.tracked_numbers},
          {"retained_times", stats.retained_times},
          {"memory_bytes", stats.memory_bytes},
          {"open_warnings", stats.open_warnings},
          {"open_alerts", stats.open_alerts}};
}

Json ToJson(const DurabilityStatus& durability) {
  return {{"lsn", durability.lsn},
          {"durable_lsn", durability.durable_lsn},
          {"snapshot_lsn", durability.snapshot_lsn},
          {"snapshot_at", ToUnixMicros(durability.snapshot_at)},
          {"snapshot_bytes", durability.snapshot_bytes},
          {"snapshot_ms", durability.snapshot_took.count()},
          {"snapshot_pause_us", durability.snapshot_pause.count()},
          {"replayed_entries", durability.replayed_entries},
          {"queue_bytes", durability.queue_bytes},
          {"disk_used_percent", durability.disk_used_percent},
          {"armed", durability.armed},
          {"disarmed_because", durability.disarmed_because}};
}

DurabilityStatus DurabilityFrom(const Json& json) {
  DurabilityStatus durability;
  durability.lsn = json.at("lsn");
  durability.durable_lsn = json.at("durable_lsn");
  durability.snapshot_lsn = json.at("snapshot_lsn");
  durability.snapshot_at = FromUnixMicros(json.at("snapshot_at"));
  durability.snapshot_bytes = json.at("snapshot_bytes");
  durability.snapshot_took = std::chrono::milliseconds(json.at("snapshot_ms").get<int64_t>());
  durability.snapshot_pause =
      std::chrono::microseconds(json.at("snapshot_pause_us").get<int64_t>());
  durability.replayed_entries = json.at("replayed_entries");
  durability.queue_bytes = json.at("queue_bytes");
  durability.disk_used_percent = json.at("disk_used_percent");
  durability.armed = json.at("armed");
  durability.disarmed_because = json.at("disarmed_because");
  return durability;
}

Reconciliation AccountFrom(const Json& json) {
  Reconciliation account{.read = json.at("read"),
                         .accepted = json.at("accepted"),
                         .duplicates = json.at("duplicates"),
                         .late = json.at("late"),
                         .rejected = {}};
  for (size_t i = 0; i < kRejectReasonCount; ++i) {
    const std::string name(RejectReasonName(static_cast<RejectReason>(i)));
    account.rejected[i] = json.at("rejected").value(name, uint64_t{0});
  }
  return account;
}

}  // namespace

absl::Status WriteStatus(const ServiceStatus& status, const std::string& path) {
  const Json json = {{"pid", status.pid},
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
    file << json.dump(2) << "\n";
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
  try {
    const Json json = Json::parse(file);
    ServiceStatus status;
    status.pid = json.at("pid");
    status.state = json.at("state");
    status.endpoint = json.at("endpoint");
    status.redis = json.at("redis");
    status.written_at = FromUnixMicros(json.at("written_at"));
    status.account = AccountFrom(json.at("account"));
    const Json& detector = json.at("detector");
    status.detector.tracked_numbers = detector.at("tracked_numbers");
    status.detector.memory_bytes = detector.at("memory_bytes");
    status.detector.open_alerts = detector.at("open_alerts");
    status.blocker.held = json.at("blocker").at("held");
    status.blocker.confirmed = json.at("blocker").at("confirmed");
    status.durability = DurabilityFrom(json.at("durability"));
    return status;
  } catch (const Json::exception& error) {
    return absl::DataLossError(absl::StrCat(path, ": ", error.what()));
  }
}

}  // namespace ringfence
