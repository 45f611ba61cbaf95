#include "blocker/action_sink.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"

namespace ringfence {
namespace {

constexpr char kPending[] = "ringfence/pending";

}  // namespace

absl::Status PendingStatus(std::string_view receiver) {
  absl::Status status =
      absl::UnavailableError(absl::StrCat(ToAbsl(receiver), ": handed over, not confirmed yet"));
  status.SetPayload(kPending, absl::Cord());
  return status;
}

bool IsPending(const absl::Status& status) { return status.GetPayload(kPending).has_value(); }

bool ActionSink::Waits(const ActionRecord&) const { return false; }

}  // namespace ringfence
