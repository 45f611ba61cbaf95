// The account of a run: every record that was read is in exactly one of the other counts.
#pragma once

#include <array>
#include <cstdint>
#include <numeric>

#include "ingest/model/reject_reason.h"

namespace ringfence {

struct Reconciliation {
  uint64_t read = 0;        // records found in the input, counted where it is split
  uint64_t accepted = 0;    // judged by the detector
  uint64_t duplicates = 0;  // seen before
  uint64_t late = 0;        // further behind the newest than the lateness
  std::array<uint64_t, kRejectReasonCount> rejected{};  // by RejectReason

  void CountReject(RejectReason reason) { ++rejected[static_cast<size_t>(reason)]; }
  uint64_t RejectedTotal() const {
    return std::accumulate(rejected.begin(), rejected.end(), uint64_t{0});
  }

  // read = accepted + duplicates + rejected + late. False means that a record was lost or counted
  // twice: a defect of this program.
  bool Balances() const { return read == accepted + duplicates + late + RejectedTotal(); }

  Reconciliation& operator+=(const Reconciliation& other) {
    read += other.read;
    accepted += other.accepted;
    duplicates += other.duplicates;
    late += other.late;
    for (size_t i = 0; i < rejected.size(); ++i) rejected[i] += other.rejected[i];
    return *this;
  }
};

}  // namespace ringfence
