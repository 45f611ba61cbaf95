// A Whitelist that answers from lists in memory: what `scan` uses, and displays.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "whitelist/lists.h"
#include "whitelist/whitelist.h"

namespace ringfence {

// The lists are what they were when they were read: whoever acts on live traffic must use a
// Whitelist that reads anew (redis/redis_whitelist.h). Thread-safe.
class ListsWhitelist : public Whitelist {
 public:
  explicit ListsWhitelist(std::shared_ptr<const Lists> lists) : lists_(std::move(lists)) {}

  absl::StatusOr<std::vector<Listing>> Lookup(absl::Span<const CallingNumber> numbers,
                                              EventTime now) override {
    std::vector<Listing> listings;
    listings.reserve(numbers.size());
    for (const CallingNumber number : numbers) listings.push_back(lists_->Lookup(number, now));
    return listings;
  }

 private:
  std::shared_ptr<const Lists> lists_;
};

}  // namespace ringfence
