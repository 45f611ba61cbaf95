#include "ingest/transport/record_cut.h"

#include <algorithm>

#include "ingest/model/fixed_record.h"

namespace ringfence {

size_t RecordBytesOf(const FormatSpec& format) {
  return FixedRecordBytes(format.format, format.header);
}

bool CanBeRecords(std::string_view payload, uint32_t count, size_t record_bytes) {
  if (count == 0 || count > payload.size()) return false;
  if (record_bytes == 0) return payload.ends_with('\n');
  return (payload.size() + record_bytes - 1) / record_bytes == count;
}

std::string_view RecordsMustBe(size_t record_bytes) {
  return record_bytes == 0
             ? "a batch is one record or more, each ended by a line feed"
             : "a batch is one record or more, each of the bytes that the header says";
}

std::optional<size_t> BytesOfFirst(std::string_view payload, uint32_t count, uint64_t first,
                                   size_t record_bytes) {
  if (first == count) return payload.size();
  if (record_bytes > 0) return std::min<uint64_t>(first * record_bytes, payload.size());
  // Otherwise a record holds line feeds of its own, and the cut could fall inside it.
  if (std::count(payload.begin(), payload.end(), '\n') != count) return std::nullopt;
  size_t at = 0;
  for (; first > 0; --first) at = payload.find('\n', at) + 1;
  return at;
}

}  // namespace ringfence
