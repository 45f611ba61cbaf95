#include "ingest/transport/stream_state.h"

#include <algorithm>

#include "ingest/model/crc32c.h"
#include "ingest/transport/record_cut.h"

namespace ringfence {
StreamState::Verdict StreamState::Accept(const wire::Data& data, uint32_t credit, Taken& taken,
                                         size_t record_bytes) {
  if (!CanBeRecords(data.payload, data.count, record_bytes)) return Verdict::kMalformed;
  const uint64_t next = accepted_.next_seq;
  const uint64_t end = data.first_seq + data.count;
  if (data.first_seq > next) return Verdict::kGap;
  if (end <= next) return Verdict::kDuplicate;
  if (end - acked_.next_seq > credit) return Verdict::kPastCredit;

  const uint64_t repeated = next - data.first_seq;
  size_t cut = 0;
  if (repeated > 0) {
    const auto bytes = BytesOfFirst(data.payload, data.count, repeated, record_bytes);
    if (!bytes) return Verdict::kUncuttable;
    cut = *bytes;
  }
  const std::string_view records = data.payload.substr(cut);
  taken.first_seq = next;
  taken.count = static_cast<uint32_t>(end - next);
  taken.offset = data.offset + cut;
  taken.records = records;
  taken.repeated = repeated;

  accepted_.next_seq = end;
  accepted_.next_offset = taken.offset + records.size();
  accepted_.content_crc = ExtendCrc32c(accepted_.content_crc, records);
  pending_.push_back({accepted_, records.size()});
  return Verdict::kTaken;
}

std::optional<size_t> StreamState::Ack(uint64_t next_seq) {
  if (next_seq <= acked_.next_seq) return 0;
  auto batch = std::find_if(pending_.begin(), pending_.end(),
                            [&](const Pending& p) { return p.end.next_seq == next_seq; });
  if (batch == pending_.end()) return std::nullopt;
  size_t bytes = 0;
  for (auto it = pending_.begin(); it <= batch; ++it) bytes += it->bytes;
  acked_ = batch->end;
  pending_.erase(pending_.begin(), batch + 1);
  return bytes;
}

}  // namespace ringfence
