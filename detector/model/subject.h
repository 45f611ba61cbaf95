// Whom a rule counts: a number, a voice line, a customer, or a number that is called.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "ingest/model/ids.h"
#include "ingest/model/phone_number.h"

namespace ringfence {

enum class SubjectKind : uint8_t { kNumber, kLine, kCustomer, kCalled };

// One subject. `number` is set for kNumber, `called` for kCalled; `name` is the line's or the
// customer's id otherwise.
struct Subject {
  SubjectKind kind = SubjectKind::kNumber;
  CallingNumber number;
  std::string name;
  CalledNumber called = {};

  friend auto operator<=>(const Subject&, const Subject&) = default;
};

// The number in E.164, or the name.
inline std::string SubjectText(const Subject& subject) {
  if (subject.kind == SubjectKind::kCalled) return subject.called.ToString();
  return subject.kind == SubjectKind::kNumber ? subject.number.ToString() : subject.name;
}

// "number", "line", "customer", "called": words that stay, in records and in what is printed.
inline constexpr std::array<std::string_view, 4> kSubjectKindNames = {"number", "line", "customer",
                                                                      "called"};
inline std::string_view SubjectKindName(SubjectKind kind) {
  return kSubjectKindNames[static_cast<size_t>(kind)];
}
inline std::optional<SubjectKind> SubjectKindFromName(std::string_view name) {
  for (size_t kind = 0; kind < kSubjectKindNames.size(); ++kind) {
    if (kSubjectKindNames[kind] == name) return static_cast<SubjectKind>(kind);
  }
  return std::nullopt;
}

// Which line and customer a number belongs to, and what was declared for them. Built from the
// ledger by the composition root; immutable once built, shared between versions of the rules.
class SubjectDirectory {
 public:
  struct Group {
    std::string name;                     // line or customer id
    std::optional<uint32_t> daily_limit;  // none: the total is not judged
  };
  struct Membership {
    uint32_t line = 0;      // index into lines()
    uint32_t customer = 0;  // index into customers()
  };

  // What a line is for, by which its numbers may have a threshold of their own.
  struct LineTraits {
    std::string line_class;
    std::string industry;
  };

  // Declares a line and the customer that owns it; calling it again for the same line replaces all
  // but its numbers. A customer's limit is the sum of its lines' limits (UINT32_MAX at most), and
  // none as soon as one line has none.
  void AddLine(const LineId& line, const CustomerId& customer, std::optional<uint32_t> daily_limit,
               LineTraits traits = {});
  // A number of a line. The line must have been added, else nothing happens. A number is in one
  // line: the last one it was added to.
  void AddNumber(const LineId& line, CallingNumber number);

  // Null for a number that is in no line.
  const Membership* Find(CallingNumber number) const;
  const absl::flat_hash_map<CallingNumber, Membership>& members() const { return members_; }
  const std::vector<Group>& lines() const { return lines_; }
  // Of lines()[line].
  const LineTraits& traits(uint32_t line) const { return traits_[line]; }
  const Group& customer_of(uint32_t line) const { return customers_[customer_of_line_[line]]; }
  const std::vector<Group>& customers() const { return customers_; }

 private:
  // What the customer's limit is made of.
  struct Total {
    uint64_t sum = 0;        // over the lines that have a limit
    uint32_t unlimited = 0;  // lines that have none
  };
  uint32_t CustomerIndex(const CustomerId& customer);
  void AddToCustomer(uint32_t customer, std::optional<uint32_t> daily_limit);
  void TakeFromCustomer(uint32_t customer, std::optional<uint32_t> daily_limit);
  void RefreshLimit(uint32_t customer);

  std::vector<Group> lines_;
  std::vector<LineTraits> traits_;  // by line
  std::vector<Group> customers_;
  std::vector<uint32_t> customer_of_line_;
  std::vector<Total> totals_;  // by customer
  absl::flat_hash_map<std::string, uint32_t> line_index_;
  absl::flat_hash_map<std::string, uint32_t> customer_index_;
  absl::flat_hash_map<CallingNumber, Membership> members_;
};

}  // namespace ringfence
