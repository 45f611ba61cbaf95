#include "ingest/transport/source_quota.h"

#include "ingest/model/absl_bridge.h"

namespace ringfence {
namespace {

constexpr size_t kSourcesBeforeCleaning = 1'024;
// What a source has not sent is not saved up for later, but for this.
constexpr auto kBurst = std::chrono::milliseconds(100);

}  // namespace

void SourceQuota::Spend(std::string_view source, uint32_t records, TimePoint now) {
  if (rate_ == 0) return;
  if (busy_until_.size() >= kSourcesBeforeCleaning) {
    absl::erase_if(busy_until_, [now](const auto& entry) { return entry.second <= now; });
  }
  TimePoint& until = busy_until_.try_emplace(std::string(source), now).first->second;
  until = std::max(until, now) +
          std::chrono::nanoseconds(std::chrono::seconds(1)) * int64_t{records} / int64_t{rate_};
}

bool SourceQuota::Allows(std::string_view source, TimePoint now) const {
  const auto found = busy_until_.find(ToAbsl(source));
  return found == busy_until_.end() || found->second <= now + kBurst;
}

}  // namespace ringfence
