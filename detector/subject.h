// Whom a rule counts: a number, a voice line, or a customer.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "ingest/model/ids.h"
#include "ingest/model/phone_number.h"

namespace ringfence {

enum class SubjectKind : uint8_t { kNumber, kLine, kCustomer };

// One subject. `number` is set for kNumber; `name` is the line's or the customer's id otherwise.
struct Subject {
  SubjectKind kind = SubjectKind::kNumber;
  CallingNumber number;
  std::string name;

  friend auto operator<=>(const Subject&, const Subject&) = default;
};

// The number in E.164, or the name.
inline std::string SubjectText(const Subject& subject) {
  return subject.kind == SubjectKind::kNumber ? subject.number.ToString() : subject.name;
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
