#include "tools/ringfence/demo_report.h"

#include <algorithm>
#include <ostream>
#include <set>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "ingest/model/absl_bridge.h"
#include "tools/ringfence/record_access.h"
#include "tools/terminal/table.h"

namespace ringfence {
namespace {

using generate::Label;
using generate::Treatment;

constexpr size_t kMostOrders = 10;
constexpr size_t kMostFlagged = 60;

bool IsAlert(const ActionRecord& action, SubjectKind kind) {
  return action.evidence.detection.level == Level::kAlert && action.subject.kind == kind;
}

// The first alert of each subject of this kind, oldest first: later episodes of a number that is
// suspended or reported already add evidence, no new decision.
std::vector<const ActionRecord*> AlertsOf(const DemoOutcome& outcome, SubjectKind kind) {
  std::vector<const ActionRecord*> alerts;
  for (const ActionRecord& action : outcome.actions) {
    if (IsAlert(action, kind)) alerts.push_back(&action);
  }
  std::sort(alerts.begin(), alerts.end(), [](const ActionRecord* a, const ActionRecord* b) {
    return a->evidence.detection.at < b->evidence.detection.at;
  });
  std::set<Subject> seen;
  std::erase_if(alerts,
                [&](const ActionRecord* alert) { return !seen.insert(alert->subject).second; });
  return alerts;
}

std::string Words(std::string_view name) {
  std::string words(name);
  std::replace(words.begin(), words.end(), '-', ' ');
  return words;
}

Treatment DoneTo(const ActionRecord& action) {
  if (action.state != ActionState::kConfirmed) return Treatment::kReport;
  return action.kind == ActionKind::kSuspend ? Treatment::kSuspend : Treatment::kBlock;
}

std::string Done(const ActionRecord& action) {
  switch (action.state) {
    case ActionState::kConfirmed:
      return action.kind == ActionKind::kSuspend ? "suspended" : "blocked";
    case ActionState::kReported:
      return "left alone";
    default:
      return Words(ActionStateName(action.state));
  }
}

std::string Why(const ActionRecord& action) {
  if (action.state != ActionState::kConfirmed) return Words(action.reason);
  return action.kind == ActionKind::kSuspend ? "ledger line, on no list" : "not the carrier's line";
}

std::string Truth(const Label* label) {
  if (label == nullptr) return "";
  const std::string industry(generate::IndustryName(label->industry));
  return absl::StrCat(Words(generate::RoleName(label->role)), industry.empty() ? "" : ", ",
                      industry);
}

absl::flat_hash_map<PhoneNumber, const Label*> ByNumber(const std::vector<Label>& labels) {
  absl::flat_hash_map<PhoneNumber, const Label*> index;
  for (const Label& label : labels) index.emplace(label.number, &label);
  return index;
}

const Label* Find(const absl::flat_hash_map<PhoneNumber, const Label*>& index,
                  const ActionRecord& action) {
  const auto found = index.find(action.number.number());
  return found == index.end() ? nullptr : found->second;
}

std::string Share(uint64_t part, uint64_t whole) {
  if (whole == 0) return "-";
  return absl::StrFormat("%.1f %%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

void PrintOverDeclared(const DemoOutcome& outcome, std::ostream& out) {
  const auto lines = AlertsOf(outcome, SubjectKind::kLine);
  if (lines.empty()) return;
  out << WithThousands(lines.size()) << " voice lines made more calls in 24 h than they declared;"
      << " each has a work order, none was cut off:\n ";
  size_t column = 1;
  for (const ActionRecord* line : lines) {
    const std::string& name = line->subject.name;
    if (column + name.size() + 1 > 100) {
      out << "\n ";
      column = 1;
    }
    out << " " << name;
    column += name.size() + 1;
  }
  out << "\n";
}

}  // namespace

void PrintFlagged(const DemoOutcome& outcome, const absl::TimeZone& zone, size_t width,
                  std::ostream& out) {
  const auto labels = ByNumber(outcome.labels);
  const auto alerts = AlertsOf(outcome, SubjectKind::kNumber);
  std::vector<Table::Column> columns{
      {"number"}, {"flagged at"}, {"what was done"}, {.title = "why", .shrinks = true}};
  if (!labels.empty()) columns.push_back({.title = "who it really is", .shrinks = true});
  Table table(std::move(columns));
  for (size_t i = 0; i < std::min(alerts.size(), kMostFlagged); ++i) {
    const ActionRecord& action = *alerts[i];
    std::vector<std::string> row{action.number.ToString(),
                                 ShortTime(action.evidence.detection.at, zone), Done(action),
                                 Why(action)};
    if (!labels.empty()) row.push_back(Truth(Find(labels, action)));
    table.AddRow(std::move(row));
  }
  out << "Numbers with more than the allowed calls in 24 h\n\n";
  if (!table.empty()) table.Print(out, width);
  if (alerts.empty()) out << "none\n";
  if (alerts.size() > kMostFlagged) {
    out << "… and " << WithThousands(alerts.size() - kMostFlagged) << " more\n";
  }
  out << "\n";
  PrintOverDeclared(outcome, out);
}

void PrintOrders(const DemoOutcome& outcome, const absl::TimeZone& zone, size_t width,
                 std::ostream& out) {
  out << "Work orders: " << WithThousands(outcome.orders.size()) << ", the most urgent first\n\n";
  Table table({{"order"},
               {"prio", Table::Align::kRight},
               {"what to do"},
               {"subject"},
               {.title = "industry", .shrinks = true},
               {"due"}});
  for (size_t i = 0; i < std::min(outcome.orders.size(), kMostOrders); ++i) {
    const WorkOrder& order = outcome.orders[i];
    table.AddRow({order.id.value(), std::to_string(order.priority),
                  Words(OrderKindName(order.kind)), SubjectText(order.subject), order.industry,
                  ShortTime(order.due, zone)});
  }
  if (!table.empty()) table.Print(out, width);
}

void PrintTruth(const DemoOutcome& outcome, std::ostream& out) {
  if (outcome.labels.empty()) return;
  const auto labels = ByNumber(outcome.labels);
  const auto flagged = AlertsOf(outcome, SubjectKind::kNumber);
  uint64_t right = 0;
  uint64_t as_due = 0;
  uint64_t wrongly_cut = 0;
  for (const ActionRecord* action : flagged) {
    const Label* label = Find(labels, *action);
    if (label == nullptr) continue;
    right += label->flagged ? 1 : 0;
    as_due += DoneTo(*action) == label->treatment ? 1 : 0;
    const bool cut = DoneTo(*action) != Treatment::kReport;
    wrongly_cut += cut && label->treatment == Treatment::kReport ? 1 : 0;
  }
  const auto over = static_cast<uint64_t>(std::count_if(
      outcome.labels.begin(), outcome.labels.end(), [](const Label& l) { return l.flagged; }));
  out << "\nAgainst the truth: " << WithThousands(over) << " numbers went over the threshold\n"
      << "  recall      " << Share(right, over) << "  (" << right << " of them were flagged)\n"
      << "  precision   " << Share(right, flagged.size()) << "  (of " << flagged.size()
      << " flagged numbers)\n"
      << "  treatment   " << Share(as_due, flagged.size())
      << "  (suspended, blocked or left alone as was due)\n"
      << "  protected or whitelisted numbers cut off: " << wrongly_cut << "\n";
}

}  // namespace ringfence
