#include "tools/generate/lists_csv.h"

#include <chrono>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/time_text.h"

namespace ringfence::generate {
namespace {

// Appends a field, quoted if it must be.
void AppendField(std::string& out, std::string_view text) {
  if (!out.empty() && out.back() != '\n') out += ',';
  if (text.find_first_of(",\"\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

// A day relative to the run's first, "2027-03-03".
std::string Date(const City& city, std::chrono::days after_start) {
  const std::chrono::year_month_day date(std::chrono::sys_days(city.options().start) + after_start);
  return absl::StrFormat("%04d-%02d-%02d", static_cast<int>(date.year()),
                         static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

// Every run, even one made of old data, finds standing papers valid and lapsed ones expired.
constexpr std::chrono::days kValid(3 * 365);
constexpr std::chrono::days kLapsed(-40);
constexpr std::chrono::days kGranted(-400);

// Neighbouring numbers as a range.
std::string Numbers(const City& city, const Line& line) {
  std::string text;
  for (uint32_t i = 0; i < line.numbers;) {
    const PhoneNumber first = city.callers()[line.first_caller + i].number;
    uint32_t run = 1;
    while (i + run < line.numbers &&
           city.callers()[line.first_caller + i + run].number.packed() == first.packed() + run) {
      ++run;
    }
    if (!text.empty()) text += ';';
    text += first.ToString();
    if (run > 1) {
      text += run > 2 ? ".." : ";";
      text += city.callers()[line.first_caller + i + run - 1].number.ToString();
    }
    i += run;
  }
  return text;
}

std::string Trunks(const City& city, const Line& line) {
  std::string text;
  for (uint32_t i = 0; i < line.trunk_count; ++i) {
    absl::StrAppend(&text, i > 0 ? ";" : "", city.trunks()[line.trunk + i]);
  }
  return text;
}

std::string_view YesNo(bool yes) { return yes ? "yes" : "no"; }

}  // namespace

std::string LedgerCsv(const City& city) {
  std::string out =
      "line_id,number,customer_id,customer_name,purpose,industry,class,hours,daily_limit,"
      "qualification,qualification_expires,contract,contract_expires,recording_duty,"
      "recording_days,trunks,status\n";
  for (const Line& line : city.lines()) {
    for (const std::string& field :
         {line.id, Numbers(city, line), line.customer_id, line.customer_name, line.purpose,
          line.industry, line.line_class, line.hours, std::to_string(line.daily_limit),
          line.qualification, Date(city, line.qualification_expired ? kLapsed : kValid),
          line.contract, Date(city, kValid), std::string("yes"), std::string("60"),
          Trunks(city, line), std::string("active")}) {
      AppendField(out, field);
    }
    out += '\n';
  }
  return out;
}

std::string WhitelistCsv(const City& city) {
  std::string out = "number,scope,reason,evidence,requester,approver,added,expires\n";
  for (const WhitelistRow& row : city.whitelist()) {
    for (const std::string& field :
         {city.callers()[row.caller].number.ToString(), std::string("outbound"), row.reason,
          row.evidence, std::string("sales desk"), std::string("compliance desk"),
          Date(city, kGranted), Date(city, row.expired ? kLapsed : kValid)}) {
      AppendField(out, field);
    }
    out += '\n';
  }
  return out;
}

std::string LabelsCsv(const City& city, const std::vector<Label>& labels) {
  const absl::TimeZone zone =
      absl::FixedTimeZone(static_cast<int>(city.options().utc_offset.count()) * 60);
  std::string out =
      "number,role,nuisance,expected_flag,industry,expected_treatment,line_id,expected_line_flag,"
      "calls,flagged_at\n";
  for (const Label& label : labels) {
    absl::StrAppend(&out, label.number.ToString(), ",", ToAbsl(RoleName(label.role)), ",",
                    ToAbsl(YesNo(label.nuisance)), ",", ToAbsl(YesNo(label.flagged)), ",",
                    ToAbsl(IndustryName(label.industry)), ",");
    absl::StrAppend(&out, ToAbsl(TreatmentName(label.treatment)), ",",
                    label.line == kNoLine ? "" : city.lines()[label.line].id, ",",
                    ToAbsl(YesNo(label.line_flagged)), ",", label.calls, ",",
                    label.flagged_at.has_value() ? FormatTime(*label.flagged_at, zone) : "", "\n");
  }
  return out;
}

}  // namespace ringfence::generate
