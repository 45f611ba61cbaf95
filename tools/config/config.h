// The configuration of the service, as values. tools/config/keys.cc holds the names, the bounds and
// the words of every key; `ringfence config dump` prints them all.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ingest/model/event_time.h"
#include "tools/config/flood_words.h"

namespace ringfence {

// One rule, [rule.<id>].
struct RuleConfig {
  using Thresholds = std::map<std::string, uint32_t>;

  bool enabled = true;
  bool enforce = false;  // mode: observe or enforce
  Duration window = std::chrono::hours(24);
  uint32_t threshold = 300;  // of rules for numbers; the totals take theirs from the ledger
  // Of rules for numbers, instead of `threshold` for lines of the ledger: by class, industry,
  // customer id.
  Thresholds threshold_by_class;
  Thresholds threshold_by_industry;
  Thresholds threshold_by_customer;
  uint32_t warning_percent = 80;
  uint32_t version = 1;
};

struct Config {
  // [service]
  std::string data = "ringfence-data";
  std::string time_zone = "Asia/Shanghai";
  uint32_t disarm_after_crashes = 3;

  // [numbers]
  std::string country = "86";
  std::string area;
  bool numbers_are_e164 = false;

  // [input]
  std::vector<std::string> files;
  std::string format = "auto";
  std::string listen;
  std::string curve_secret;  // file
  std::string curve_allow;   // file
  uint32_t source_records_per_second = 0;
  Duration max_future = std::chrono::minutes(2);
  Duration dedup_horizon = std::chrono::hours(48);

  // [journal]
  uint32_t journal_segment_mib = 64;

  // [snapshot]
  Duration snapshot_every = std::chrono::seconds(60);

  // [disk]
  uint32_t disk_alarm_percent = 85;
  uint32_t disk_stop_percent = 95;

  // [redis]
  std::string redis = "embedded";
  Duration redis_timeout = std::chrono::milliseconds(200);
  Duration redis_verify_every = std::chrono::seconds(60);

  // [detector]
  Duration lateness = std::chrono::hours(1);
  uint32_t shards = 1;

  // [rule.line-frequency], [rule.line-total], [rule.customer-total]
  RuleConfig line_frequency;
  RuleConfig line_total;
  RuleConfig customer_total;
  // [rule.line-frequency-NAME], by their ids: further rules for numbers.
  std::map<std::string, RuleConfig> further_rules;

  // [rule.called-flood]
  bool flood_enabled = false;
  bool flood_enforce = false;  // mode
  std::vector<std::string> flood_windows = DefaultFloodWindows();
  Duration flood_lateness = FloodRule{}.lateness;
  std::vector<std::string> flood_except;
  uint32_t flood_version = 1;

  // [breaker]
  uint32_t actions_per_minute = 30;
  uint32_t actions_per_day = 500;
  uint32_t actions_per_customer_per_day = 20;

  // [actions]
  Duration expire_after = std::chrono::hours(24);
  Duration max_evidence_age = std::chrono::hours(24);
  std::string feed = "actions.jsonl";

  // [delivery]
  std::string delivery_zmq;
  std::string delivery_curve_secret;  // file
  std::string delivery_curve_server;  // file
  std::string delivery_webhook;
  std::string delivery_webhook_secret;  // file
  Duration delivery_timeout = std::chrono::seconds(5);
  Duration delivery_max_proof_age = std::chrono::seconds(10);

  // [log]
  std::string log_level = "info";
};

// Reads TOML. An error is InvalidArgument and names file, line, column, key and the values allowed:
//   ringfence.toml:12:13: rule.line-frequency.threshold: 0 is not allowed; a whole number from 1 to
//   1000000
// Unknown keys are errors, with the nearest known one.
absl::StatusOr<Config> ParseConfig(std::string_view text, const std::string& file_name);
absl::StatusOr<Config> LoadConfig(const std::string& path);  // NotFound when it can't be read

// The configuration as a commented TOML file that ParseConfig reads back.
std::string DumpConfig(const Config& config);

}  // namespace ringfence
