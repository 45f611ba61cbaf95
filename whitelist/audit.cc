#include "whitelist/audit.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "ingest/model/absl_bridge.h"
#include "whitelist/protected_floor.h"

namespace ringfence {
namespace {

std::string Day(EventTime time) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", absl::FromUnixMicros(ToUnixMicros(time)),
                          absl::UTCTimeZone());
}

// Collects what is found about one subject.
class Collector {
 public:
  Collector(std::vector<Finding>& findings, CallingNumber number, LineId line)
      : findings_(findings), number_(number), line_(std::move(line)) {}

  void Add(Severity severity, FindingKind kind, std::string_view sentence) {
    findings_.push_back({severity, kind, number_, line_, std::string(sentence)});
  }

  void AddIf(bool found, Severity severity, FindingKind kind, std::string_view sentence) {
    if (found) Add(severity, kind, sentence);
  }

 private:
  std::vector<Finding>& findings_;
  CallingNumber number_;
  LineId line_;
};

// What is wrong with a paper at `now`, as the end of a sentence; empty: nothing.
std::string Fault(const Credential& paper, EventTime now) {
  if (paper.expires.has_value()) {
    return paper.ValidAt(now) ? std::string() : absl::StrCat("expired at ", Day(*paper.expires));
  }
  return paper.reference.empty() ? "is not on record" : "has no expiry on record";
}

// An expiry that is not known is incomplete; one that has passed is over.
Severity Gravity(const Credential& paper) {
  return paper.expires.has_value() ? Severity::kFailure : Severity::kWarning;
}

void AuditPapers(const VoiceLine& line, EventTime now, std::string_view whose,
                 FindingKind qualification, FindingKind contract, Collector& out) {
  if (const std::string fault = Fault(line.qualification, now); !fault.empty()) {
    out.Add(Gravity(line.qualification), qualification,
            absl::StrCat(ToAbsl(whose), " qualification ", fault));
  }
  if (const std::string fault = Fault(line.contract, now); !fault.empty()) {
    out.Add(Gravity(line.contract), contract, absl::StrCat(ToAbsl(whose), " contract ", fault));
  }
}

void AuditOwner(const VoiceLine* owner, EventTime now, Collector& out) {
  if (owner == nullptr) {
    out.Add(Severity::kFailure, FindingKind::kNoLine, "The number is in no line of the ledger");
    return;
  }
  if (owner->status == LineStatus::kClosed) {
    out.Add(Severity::kFailure, FindingKind::kLineClosed, "The number's line is closed");
    return;
  }
  out.AddIf(owner->status == LineStatus::kSuspended, Severity::kWarning,
            FindingKind::kLineSuspended, "The number's line is suspended");
  AuditPapers(*owner, now, "The line's", FindingKind::kLineQualification,
              FindingKind::kLineContract, out);
}

void AuditValidity(const WhitelistEntry& entry, EventTime now, Collector& out) {
  if (!entry.expires.has_value()) {
    out.Add(Severity::kWarning, FindingKind::kNoExpiry, "The entry has no expiry");
  } else if (now >= *entry.expires) {
    out.Add(Severity::kFailure, FindingKind::kExpired,
            absl::StrCat("The entry expired at ", Day(*entry.expires)));
  }
  out.AddIf(now < entry.added, Severity::kNotice, FindingKind::kNotYetValid,
            absl::StrCat("The entry stands from ", Day(entry.added), " only"));
}

void AuditEntry(const WhitelistEntry& entry, const Lists& lists, EventTime now,
                std::vector<Finding>& findings) {
  const VoiceLine* owner = lists.FindOwner(entry.number);
  Collector out(findings, entry.number, owner == nullptr ? LineId() : owner->id);
  const bool on_floor = IsPublicService(entry.number);
  const bool protected_class = owner != nullptr && owner->line_class != LineClass::kOrdinary;
  out.AddIf(on_floor || protected_class, Severity::kNotice, FindingKind::kProtectedAnyway,
            on_floor ? "The number is a public-service number: it is protected without the entry"
                     : "The number's line is of a protected class: the entry changes nothing");
  AuditValidity(entry, now, out);
  if (!on_floor) AuditOwner(owner, now, out);
  out.AddIf(entry.approver.empty(), Severity::kFailure, FindingKind::kNoApprover,
            "Nobody approved the entry");
  out.AddIf(!entry.approver.empty() && entry.approver == entry.requester, Severity::kFailure,
            FindingKind::kSelfApproved, "Requester and approver are the same person");
  out.AddIf(entry.requester.empty(), Severity::kWarning, FindingKind::kNoRequester,
            "Nobody is named who asked for the entry");
  out.AddIf(entry.reason.empty(), Severity::kFailure, FindingKind::kNoReason,
            "The entry gives no reason");
  out.AddIf(entry.evidence.empty(), Severity::kWarning, FindingKind::kNoEvidence,
            "The entry names no evidence");
  out.AddIf(entry.scope.empty(), Severity::kNotice, FindingKind::kNoScope,
            "The entry does not say what it allows");
}

void AuditLine(const VoiceLine& line, EventTime now, std::vector<Finding>& findings) {
  if (line.status == LineStatus::kClosed) return;
  Collector out(findings, CallingNumber(), line.id);
  AuditPapers(line, now, "The", FindingKind::kQualification, FindingKind::kContract, out);
  out.AddIf(line.recording_duty && line.recording_days < kMinRecordingDays, Severity::kFailure,
            FindingKind::kRecordingDuty,
            absl::StrCat("Recordings must be kept for ", kMinRecordingDays,
                         " days; the ledger says ", line.recording_days));
  out.AddIf(!line.daily_limit.has_value(), Severity::kWarning, FindingKind::kNoDailyLimit,
            "No daily limit is declared");
  out.AddIf(line.trunks.empty(), Severity::kNotice, FindingKind::kNoTrunk,
            "No trunk is declared: calls can't be checked against the line they arrive on");
}

constexpr std::array<std::string_view, 3> kSeverities = {"notice", "warning", "failure"};
constexpr std::array<std::string_view, 20> kKinds = {
    "expired",       "not-yet-valid",  "no-expiry",          "no-approver",    "self-approved",
    "no-requester",  "no-reason",      "no-evidence",        "no-scope",       "no-line",
    "line-closed",   "line-suspended", "line-qualification", "line-contract",  "protected-anyway",
    "qualification", "contract",       "recording-duty",     "no-daily-limit", "no-trunk"};
static_assert(kKinds.size() == static_cast<size_t>(FindingKind::kNoTrunk) + 1);

}  // namespace

std::vector<Finding> Audit(const Lists& lists, EventTime now) {
  std::vector<Finding> findings;
  for (const WhitelistEntry& entry : lists.entries()) AuditEntry(entry, lists, now, findings);
  for (const VoiceLine& line : lists.lines()) AuditLine(line, now, findings);
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(b.severity, a.number, a.line) < std::tie(a.severity, b.number, b.line);
  });
  return findings;
}

std::string_view SeverityName(Severity severity) {
  return kSeverities[static_cast<size_t>(severity)];
}

std::string_view FindingKindName(FindingKind kind) { return kKinds[static_cast<size_t>(kind)]; }

}  // namespace ringfence
