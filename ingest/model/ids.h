// Names of things, as types that do not convert into each other.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <utility>

#include "absl/hash/hash.h"

namespace ringfence {

// A name as its owner wrote it. Tag makes each kind of name a type of its own; an empty name means
// "none".
template <typename Tag>
class Name {
 public:
  Name() = default;
  explicit Name(std::string value) : value_(std::move(value)) {}
  explicit Name(std::string_view value) : value_(value) {}
  explicit Name(const char* value) : value_(value) {}

  const std::string& value() const { return value_; }
  bool empty() const { return value_.empty(); }

  // Replaces the name; keeps the memory it has.
  void Assign(std::string_view value) { value_.assign(value); }

  friend auto operator<=>(const Name&, const Name&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const Name& name) {
    return H::combine(std::move(state), name.value_);
  }

 private:
  std::string value_;
};

using RecordId = Name<struct RecordIdTag>;          // of one CDR, given by the switch
using TrunkGroupId = Name<struct TrunkGroupIdTag>;  // the trunk a call arrived on
using LineId = Name<struct LineIdTag>;              // a voice line of the ledger
using CustomerId = Name<struct CustomerIdTag>;      // who rents lines
using RuleId = Name<struct RuleIdTag>;              // "line-frequency", …
using ActionId = Name<struct ActionIdTag>;          // derived from the action's cause
using WorkOrderId = Name<struct WorkOrderIdTag>;    // derived from the order's cause

}  // namespace ringfence
