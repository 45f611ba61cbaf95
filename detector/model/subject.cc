#include "detector/model/subject.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace ringfence {

void SubjectDirectory::AddLine(const LineId& line, const CustomerId& customer,
                               std::optional<uint32_t> daily_limit, LineTraits traits) {
  const uint32_t owner = CustomerIndex(customer);
  const auto [slot, added] =
      line_index_.try_emplace(line.value(), static_cast<uint32_t>(lines_.size()));
  const uint32_t index = slot->second;
  if (added) {
    lines_.push_back(Group{line.value(), daily_limit});
    traits_.push_back(std::move(traits));
    customer_of_line_.push_back(owner);
  } else {
    TakeFromCustomer(customer_of_line_[index], lines_[index].daily_limit);
    lines_[index].daily_limit = daily_limit;
    traits_[index] = std::move(traits);
    if (customer_of_line_[index] != owner) {
      customer_of_line_[index] = owner;
      for (auto& [number, member] : members_) {
        if (member.line == index) member.customer = owner;
      }
    }
  }
  AddToCustomer(owner, daily_limit);
}

void SubjectDirectory::AddNumber(const LineId& line, CallingNumber number) {
  const auto slot = line_index_.find(line.value());
  if (slot == line_index_.end()) return;
  members_[number] = Membership{slot->second, customer_of_line_[slot->second]};
}

const SubjectDirectory::Membership* SubjectDirectory::Find(CallingNumber number) const {
  const auto slot = members_.find(number);
  return slot == members_.end() ? nullptr : &slot->second;
}

uint32_t SubjectDirectory::CustomerIndex(const CustomerId& customer) {
  const auto [slot, added] =
      customer_index_.try_emplace(customer.value(), static_cast<uint32_t>(customers_.size()));
  if (added) {
    customers_.push_back(Group{customer.value(), std::nullopt});
    totals_.emplace_back();
  }
  return slot->second;
}

void SubjectDirectory::AddToCustomer(uint32_t customer, std::optional<uint32_t> daily_limit) {
  totals_[customer].sum += daily_limit.value_or(0);
  totals_[customer].unlimited += daily_limit.has_value() ? 0 : 1;
  RefreshLimit(customer);
}

void SubjectDirectory::TakeFromCustomer(uint32_t customer, std::optional<uint32_t> daily_limit) {
  totals_[customer].sum -= daily_limit.value_or(0);
  totals_[customer].unlimited -= daily_limit.has_value() ? 0 : 1;
  RefreshLimit(customer);
}

void SubjectDirectory::RefreshLimit(uint32_t customer) {
  const Total& total = totals_[customer];
  constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
  customers_[customer].daily_limit.reset();
  if (total.unlimited == 0) {
    customers_[customer].daily_limit = static_cast<uint32_t>(std::min(total.sum, kMost));
  }
}

}  // namespace ringfence
