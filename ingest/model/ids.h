// Names of things, as types that do not convert into each other.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
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

  // Replaces the name; keeps the memory it has. Without a call where the length stays, as most
  // names in a row are as long as the one before.
  void Assign(std::string_view value) {
    if (value.size() == value_.size() && value.size() <= kShort) {
      CopyShort(value.data(), value.size(), value_.data());
    } else {
      value_.assign(value);
    }
  }

  friend auto operator<=>(const Name&, const Name&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const Name& name) {
    return H::combine(std::move(state), name.value_);
  }

 private:
  static constexpr size_t kShort = 16;

  // Up to kShort bytes: two words that overlap.
  static void CopyShort(const char* from, size_t size, char* to) {
    if (size >= 8) {
      CopyEnds<uint64_t>(from, size, to);
    } else if (size >= 4) {
      CopyEnds<uint32_t>(from, size, to);
    } else if (size >= 2) {
      CopyEnds<uint16_t>(from, size, to);
    } else if (size == 1) {
      *to = *from;
    }
  }
  template <typename Word>
  static void CopyEnds(const char* from, size_t size, char* to) {
    Word first, last;
    std::memcpy(&first, from, sizeof(Word));
    std::memcpy(&last, from + size - sizeof(Word), sizeof(Word));
    std::memcpy(to, &first, sizeof(Word));
    std::memcpy(to + size - sizeof(Word), &last, sizeof(Word));
  }

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
