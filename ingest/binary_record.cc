#include "ingest/binary_record.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "ingest/cdr_decoder.h"
#include "ingest/field_checks.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

using namespace binary;

template <typename Integer>
void Put(Integer value, size_t at, char* record) {
  std::memcpy(record + at, &value, sizeof(value));
}

int64_t Micros(MaybeTime time) { return time ? ToUnixMicros(*time) : kNoTime; }

absl::Status CheckCdr(const Cdr& cdr) {
  if (!PhoneNumber::IsPacked(cdr.calling.number().packed()) ||
      !PhoneNumber::IsPacked(cdr.called.number().packed())) {
    return absl::InvalidArgumentError("a call needs a calling and a called number");
  }
  if (!IsDefined(cdr.cause)) {
    return absl::InvalidArgumentError("the cause is neither a Q.850 nor a final SIP code");
  }
  const EventTime answer = cdr.answer.value_or(cdr.setup);
  if (answer < cdr.setup || cdr.release.value_or(answer) < answer ||
      ToUnixMicros(cdr.setup) == kNoTime) {
    return absl::InvalidArgumentError("answer before setup, or release before answer");
  }
  if (Classify(cdr.record_id.value()).control || Classify(cdr.trunk.value()).control) {
    return absl::InvalidArgumentError("the record id or the trunk holds control bytes");
  }
  return absl::OkStatus();
}

// Which kind of call keeps the identity of `cdr`; `key` is that.
Kind KindOf(const Cdr& cdr, RecordKey& key) {
  const std::string& id = cdr.record_id.value();
  const RecordKey own = id.empty() ? KeyOfFields(cdr) : KeyOfId(id, nullptr);
  key = cdr.key == RecordKey{} ? own : cdr.key;
  if (key == own) return kCall;
  return !id.empty() && key == KeyOfId(id, &cdr.calling) ? kCallerCall : kKeyedCall;
}

// The beginning of a UTF-8 text, whole characters.
std::string_view CutText(std::string_view text, size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

absl::Status TrunkDoesNotFit(size_t trunk_bytes, size_t room, size_t record_bytes) {
  size_t needed = record_bytes;
  while (IsBinaryRecordSize(needed) && needed < kTextAt + kKeyBytes + trunk_bytes) needed += 32;
  return absl::InvalidArgumentError(
      absl::StrCat("a trunk's name of ", trunk_bytes, " bytes does not fit into a record of ",
                   record_bytes, ", which has room for ", room, ": ",
                   IsBinaryRecordSize(needed) ? absl::StrCat("take records of ", needed, " bytes")
                                              : "send these records as text"));
}

}  // namespace

absl::Status AppendBinaryRecord(const Cdr& cdr, size_t record_bytes, std::string& out) {
  RF_RETURN_IF_ERROR(CheckCdr(cdr));
  const std::string& trunk = cdr.trunk.value();
  std::string_view id = cdr.record_id.value();
  RecordKey key;
  Kind kind = KindOf(cdr, key);
  size_t room = record_bytes - kTextAt;
  if (kind != kKeyedCall && id.size() + trunk.size() > room) kind = kKeyedCall;
  if (kind == kKeyedCall) {
    room -= kKeyBytes;
    if (trunk.size() > room) return TrunkDoesNotFit(trunk.size(), room, record_bytes);
    id = CutText(id, room - trunk.size());
  }
  const size_t begin = out.size();
  out.resize(begin + record_bytes, '\0');
  char* record = out.data() + begin;
  Put(cdr.calling.number().packed(), kCallingAt, record);
  Put(cdr.called.number().packed(), kCalledAt, record);
  Put(ToUnixMicros(cdr.setup), kSetupAt, record);
  Put(Micros(cdr.answer), kAnswerAt, record);
  Put(Micros(cdr.release), kReleaseAt, record);
  Put(cdr.cause.code, kCauseAt, record);
  Put(static_cast<uint8_t>(cdr.cause.scheme), kSchemeAt, record);
  Put(static_cast<uint8_t>(kind), kKindAt, record);
  Put(static_cast<uint16_t>(id.size()), kIdBytesAt, record);
  Put(static_cast<uint16_t>(trunk.size()), kTrunkBytesAt, record);
  char* text = record + kTextAt;
  if (kind == kKeyedCall) {
    Put(key.high, 0, text);
    Put(key.low, sizeof(key.high), text);
    text += kKeyBytes;
  }
  std::memcpy(std::copy(id.begin(), id.end(), text), trunk.data(), trunk.size());
  return absl::OkStatus();
}

void AppendUnreadRecord(RejectReason reason, std::string_view bytes, uint64_t length,
                        size_t record_bytes, std::string& out) {
  bytes = bytes.substr(0, record_bytes - kTextAt);
  const size_t begin = out.size();
  out.resize(begin + record_bytes, '\0');
  char* record = out.data() + begin;
  Put(std::max<uint64_t>(length, bytes.size()), kCallingAt, record);
  Put(static_cast<uint16_t>(reason), kCauseAt, record);
  Put(static_cast<uint8_t>(kUnreadRecord), kKindAt, record);
  Put(static_cast<uint16_t>(bytes.size()), kIdBytesAt, record);
  bytes.copy(record + kTextAt, bytes.size());
}

}  // namespace ringfence
