#include "ingest/binary_decoder.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "ingest/binary_record.h"
#include "ingest/cdr_decoder.h"
#include "ingest/field_checks.h"

namespace ringfence {
namespace {

using namespace binary;

template <typename Integer>
Integer Get(const char* record, size_t at) {
  Integer value;
  std::memcpy(&value, record + at, sizeof(value));
  return value;
}

bool RefuseRecord(Refusal* refusal, RejectReason reason, std::string_view why) {
  if (refusal != nullptr) *refusal = {reason, std::string(why)};
  return false;
}

bool ReadNumber(uint64_t packed, const NumberPlan& plan, bool caller, PhoneNumber& number,
                Refusal* refusal) {
  number = PhoneNumber::FromPacked(packed);
  if (plan.IsNormal(number)) [[likely]]
    return true;
  if (refusal == nullptr) return false;
  if (packed == 0) {
    return RefuseRecord(refusal, RejectReason::kMissingField,
                        caller ? "the calling number is empty" : "the called number is empty");
  }
  const bool any = PhoneNumber::IsPacked(packed);
  return RefuseField(*refusal, caller ? RejectReason::kCallingNumber : RejectReason::kCalledNumber,
                     caller ? "calling" : "called",
                     any ? number.ToString() : std::to_string(packed),
                     any ? "is no number in its one form" : "is no packed number");
}

// What a text area holds, eight bytes at a step.
struct TextArea {
  bool plain = false;  // printable ASCII
  bool filled = true;  // with zeros behind the text
};

TextArea LookAt(const char* area, size_t used, size_t size) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  constexpr uint64_t kSpaces = 0x2020202020202020;
  const auto load = [area](size_t at) { return Get<uint64_t>(area, at); };
  // A byte below the space, or above ASCII, shows in a top bit: its own or, by the borrow, in one
  // of the next; all others show in none.
  const auto odd = [](uint64_t word) { return (word | (word - kSpaces)) & kHighBits; };
  uint64_t found = 0;
  uint64_t behind = 0;
  size_t at = 0;
  for (; at + 8 <= used; at += 8) found |= odd(load(at));
  if (at < used) {
    const uint64_t text = (uint64_t{1} << (8 * (used - at))) - 1;
    found |= odd((load(at) & text) | (kSpaces & ~text));
    behind = load(at) & ~text;
    at += 8;
  }
  for (; at < size; at += 8) behind |= load(at);
  return {found == 0, behind == 0};
}

}  // namespace

bool BinaryDecoder::Decode(const char* record, const DecodeOptions& options, Cdr& cdr,
                           Refusal* refusal) const {
  const auto kind = Get<uint8_t>(record, kKindAt);
  if (kind >= kUnreadRecord) {
    return RefuseRecord(refusal, RejectReason::kLayout,
                        "a record of an unknown kind, or one not built as its kind says");
  }
  PhoneNumber number;
  const auto calling = Get<uint64_t>(record, kCallingAt);
  if (!ReadNumber(calling, options.numbers, true, number, refusal)) return false;
  cdr.calling = CallingNumber(number);
  const auto called = Get<uint64_t>(record, kCalledAt);
  if (!ReadNumber(called, options.numbers, false, number, refusal)) return false;
  cdr.called = CalledNumber(number);
  if (!DecodeTimes(record, options, cdr, refusal)) return false;
  const auto scheme = Get<uint8_t>(record, kSchemeAt);
  cdr.cause = {static_cast<Cause::Scheme>(scheme), Get<uint16_t>(record, kCauseAt)};
  if (!IsDefined(cdr.cause)) {
    return RefuseRecord(refusal, RejectReason::kCause,
                        refusal == nullptr ? ""
                                           : absl::StrCat("cause ", cdr.cause.code, " of scheme ",
                                                          scheme, " is not defined"));
  }
  return DecodeTexts(record, cdr, refusal);
}

bool BinaryDecoder::DecodeTimes(const char* record, const DecodeOptions& options, Cdr& cdr,
                                Refusal* refusal) const {
  const auto setup = Get<int64_t>(record, kSetupAt);
  const auto answer = Get<int64_t>(record, kAnswerAt);
  const auto release = Get<int64_t>(record, kReleaseAt);
  cdr.setup = FromUnixMicros(setup);
  cdr.answer.reset();
  cdr.release.reset();
  EventTime last = cdr.setup;
  bool in_order = cdr.setup >= options.not_before;  // kNoTime is before everything
  const auto add = [&](int64_t micros, std::optional<EventTime>& time) {
    if (micros == kNoTime) return;
    time = FromUnixMicros(micros);
    in_order = in_order && *time >= last;
    last = *time;
  };
  add(answer, cdr.answer);
  add(release, cdr.release);
  if (in_order && last <= options.not_after) [[likely]]
    return true;
  Refusal why;
  if (setup == kNoTime) {
    return RefuseRecord(refusal, RejectReason::kMissingField, "the setup time is empty");
  }
  const auto plausible = [&](std::string_view field, EventTime time) {
    return CheckPlausible(field, FormatTime(time, options.zone), time, options, why);
  };
  const bool valid = plausible("setup_time", cdr.setup) &&
                     (!cdr.answer || plausible("answer_time", *cdr.answer)) &&
                     (!cdr.release || plausible("release_time", *cdr.release)) &&
                     CheckTimeOrder(cdr, options, why);
  return valid || RefuseRecord(refusal, why.reason, why.detail);
}

bool BinaryDecoder::DecodeTexts(const char* record, Cdr& cdr, Refusal* refusal) const {
  const bool keyed = Get<uint8_t>(record, kKindAt) == kKeyedCall;
  const size_t text_at = kTextAt + (keyed ? kKeyBytes : 0);
  const size_t room = record_bytes_ - text_at;
  const size_t id_bytes = Get<uint16_t>(record, kIdBytesAt);
  const size_t trunk_bytes = Get<uint16_t>(record, kTrunkBytesAt);
  const size_t used = id_bytes + trunk_bytes;
  if (used > room) {
    return RefuseRecord(refusal, RejectReason::kLayout, "id and trunk are longer than the record");
  }
  const char* area = record + text_at;
  const TextArea look = LookAt(area, used, room);
  if (!look.filled) {
    return RefuseRecord(refusal, RejectReason::kLayout, "behind id and trunk are not zeros");
  }
  if (!look.plain && Classify({area, used}).control) {
    return RefuseRecord(refusal, RejectReason::kBinary, RejectReasonText(RejectReason::kBinary));
  }
  const std::string_view id(area, id_bytes);
  AssignText(id, look.plain, cdr.record_id);
  AssignText({area + id_bytes, trunk_bytes}, look.plain, cdr.trunk);
  if (keyed) {
    cdr.key = {Get<uint64_t>(record, kTextAt), Get<uint64_t>(record, kTextAt + 8)};
    if (cdr.key == RecordKey{}) {
      return RefuseRecord(refusal, RejectReason::kLayout, "the key is empty");
    }
  } else if (id.empty()) {
    cdr.key = KeyOfFields(cdr);
  } else {
    const bool per_caller = Get<uint8_t>(record, kKindAt) == kCallerCall;
    cdr.key = KeyOfId(id, per_caller ? &cdr.calling : nullptr);
  }
  return true;
}

bool BinaryDecoder::ReadUnread(const char* record, Unread& unread) const {
  const auto reason = Get<uint16_t>(record, kCauseAt);
  const size_t size = Get<uint16_t>(record, kIdBytesAt);
  const size_t room = record_bytes_ - kTextAt;
  const bool zeros =
      Get<uint64_t>(record, kCalledAt) == 0 && Get<uint64_t>(record, kSetupAt) == 0 &&
      Get<uint64_t>(record, kAnswerAt) == 0 && Get<uint64_t>(record, kReleaseAt) == 0 &&
      Get<uint8_t>(record, kSchemeAt) == 0 && Get<uint16_t>(record, kTrunkBytesAt) == 0;
  const auto kind = Get<uint8_t>(record, kKindAt);
  // A sender can't say that the service died of the record.
  const bool known =
      reason < kRejectReasonCount && static_cast<RejectReason>(reason) != RejectReason::kPoison;
  if (kind != kUnreadRecord || !zeros || !known || size > room) return false;
  unread = {static_cast<RejectReason>(reason),
            {record + kTextAt, size},
            Get<uint64_t>(record, kCallingAt)};
  return unread.length >= size && LookAt(record + kTextAt, size, room).filled;
}

bool BinaryDecoder::IsHeader(const char* record) const {
  return std::memcmp(record, kBinaryHeaderWords.data(), kBinaryHeaderWords.size()) == 0 &&
         std::string_view(record, record_bytes_) == BinaryHeaderRecord(record_bytes_);
}

}  // namespace ringfence
