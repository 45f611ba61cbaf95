#include "tools/generate/traffic_stream.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace ringfence::generate {
namespace {

constexpr uint64_t kOrder = 7;  // beside the purposes in city.cc, call_maker.cc and row_writer.cc

}  // namespace

TrafficStream::TrafficStream(const City& city)
    : city_(city), schedule_(city), truth_(city), writer_(city) {}

bool TrafficStream::Next(size_t max_rows, TrafficBatch& batch) {
  batch.csv.clear();
  batch.calls.clear();
  batch.rows = 0;
  Call call;
  while (batch.rows < max_rows) {
    if (!schedule_.Next(call)) {
      WriteDue(std::numeric_limits<int64_t>::max(), batch);
      break;
    }
    WriteDue(call.setup - 1, batch);
    truth_.Add(call);
    ++totals_.calls;
    AddCall(call, batch);
  }
  return batch.rows > 0;
}

void TrafficStream::AddCall(const Call& call, TrafficBatch& batch) {
  const Imperfections& imperfections = city_.options().imperfections;
  const auto bound = std::chrono::duration_cast<std::chrono::milliseconds>(imperfections.lateness);
  Rng rng(Combine(Combine(city_.options().seed, kOrder), call.sequence));
  // At most bound - 1 behind: what is due is written before the first call that is newer.
  const auto delay = [&] {
    return static_cast<int64_t>(rng.Below(static_cast<uint32_t>(
        std::clamp<int64_t>(bound.count(), 1, std::numeric_limits<uint32_t>::max()))));
  };
  if (rng.Chance(imperfections.disorder)) {
    put_off_.push({call.setup + delay(), ++put_off_order_, call});
  } else {
    Write(call, batch);
  }
  if (rng.Chance(imperfections.duplicates)) {
    ++totals_.duplicates;
    // In a file that is in order a duplicate follows at once.
    if (imperfections.disorder > 0) {
      put_off_.push({call.setup + delay(), ++put_off_order_, call});
    } else {
      Write(call, batch);
    }
  }
  if (rng.Chance(imperfections.bad_rows)) {
    writer_.AppendBadRow(batch.csv, rng);
    ++batch.rows;
    ++totals_.rows;
    ++totals_.bad_rows;
  }
}

void TrafficStream::Write(const Call& call, TrafficBatch& batch) {
  writer_.AppendCall(batch.csv, call);
  batch.calls.push_back(call);
  ++batch.rows;
  ++totals_.rows;
  if (call.setup < newest_) ++totals_.late_rows;
  newest_ = std::max(newest_, call.setup);
}

void TrafficStream::WriteDue(int64_t now, TrafficBatch& batch) {
  while (!put_off_.empty() && put_off_.top().due <= now) {
    Write(put_off_.top().call, batch);
    put_off_.pop();
  }
}

}  // namespace ringfence::generate
