// A record that is not late, on its way to the trackers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "detector/model/subject.h"
#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"

namespace ringfence {

// In half a cache line.
struct RoutedCall {
  const Cdr* cdr = nullptr;
  uint64_t number = 0;   // calling, PhoneNumber::packed()
  EventTime newest;      // setup time of the whole input up to this record
  uint32_t record = 0;   // index in the batch
  uint32_t seconds = 0;  // SecondsOf() the setup time
};

// One of a number that is in the ledger.
struct MemberCall : RoutedCall {
  const SubjectDirectory::Membership* member = nullptr;
};

// A list that is filled again and again, without a look at its capacity each time.
class RoutedCalls {
 public:
  // Makes room for so many, and says where the first goes; then KeepBefore() their end.
  RoutedCall* Begin(size_t most) {
    if (slots_.size() < most) slots_.resize(most);
    return slots_.data();
  }
  void KeepBefore(const RoutedCall* end) { count_ = static_cast<size_t>(end - slots_.data()); }
  void Keep(size_t count) { count_ = count; }

  absl::Span<RoutedCall> span() { return {slots_.data(), count_}; }
  absl::Span<const RoutedCall> span() const { return {slots_.data(), count_}; }

 private:
  std::vector<RoutedCall> slots_;
  size_t count_ = 0;
};

}  // namespace ringfence
