#include "ingest/transport/stream_state.h"

#include <algorithm>

#include "ingest/model/crc32c.h"

namespace ringfence {
namespace {

// Removes the first `records` lines. False unless the text has exactly `count` lines: otherwise a
// record holds line feeds of its own and the cut could fall inside it.
bool CutLines(std::string_view& text, uint64_t records, uint32_t count) {
  if (std::count(text.begin(), text.end(), '\n') != count) return false;
  for (; records > 0; --records) text.remove_prefix(text.find('\n') + 1);
  return true;
}

}  // namespace

StreamState::Verdict StreamState::Accept(const wire::Data& data, uint32_t credit, Taken& taken) {
  const uint64_t next = accepted_.next_seq;
  const uint64_t end = data.first_seq + data.count;
  if (data.first_seq > next) return Verdict::kGap;
  if (end <= next) return Verdict::kDuplicate;
  if (end - acked_.next_seq > credit) return Verdict::kPastCredit;

  std::string_view records = data.payload;
  const uint64_t repeated = next - data.first_seq;
  if (repeated > 0 && !CutLines(records, repeated, data.count)) return Verdict::kMalformed;
  taken.first_seq = next;
  taken.count = static_cast<uint32_t>(end - next);
  taken.offset = data.offset + (data.payload.size() - records.size());
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
