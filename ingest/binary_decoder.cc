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

bool RefuseRecord(Refusal& refusal, RejectReason reason, std::string_view why) {
  refusal = {reason, std::string(why)};
  return false;
}

bool ReadNumber(uint64_t packed, const NumberPlan& plan, bool caller, PhoneNumber& number,
                Refusal& refusal) {
  number = PhoneNumber::FromPacked(packed);
  if (plan.IsNormal(number)) [[likely]]
    return true;
  if (packed == 0) {
    return RefuseRecord(refusal, RejectReason::kMissingField,
                        caller ? "the calling number is empty" : "the called number is empty");
  }
  const bool any = PhoneNumber::IsPacked(packed);
  return RefuseField(refusal, caller ? RejectReason::kCallingNumber : RejectReason::kCalledNumber,
                     caller ? "calling" : "called",
                     any ? number.ToString() : std::to_string(packed),
                     any ? "is no number in its one form" : "is no packed number");
}

// Whether the first `used` of `size` bytes are printable ASCII and the others zeros, eight at a
// step.
bool IsPlainText(const char* area, size_t used, size_t size) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  constexpr uint64_t kSpaces = 0x2020202020202020;
  // A byte below the space, or above ASCII, shows in a top bit: its own or, by the borrow, in one
  // of the next; all others show in none.
  const auto odd = [](uint64_t word) { return (word | (word - kSpaces)) & kHighBits; };
  uint64_t found = 0;
  size_t at = 0;
  for (; at + 8 <= used; at += 8) found |= odd(Get<uint64_t>(area, at));
  if (at < used) {
    const uint64_t text = (uint64_t{1} << (8 * (used - at))) - 1;
    const auto word = Get<uint64_t>(area, at);
    found |= odd((word & text) | (kSpaces & ~text)) | (word & ~text);
    at += 8;
  }
  for (; at < size; at += 8) found |= Get<uint64_t>(area, at);
  return found == 0;
}

// Of a call that is decoded but for it; false when it should stand in the record and does not.
bool FindKey(const char* record, Cdr& cdr, std::string_view id) {
  const auto kind = Get<uint8_t>(record, kKindAt);
  if (kind == kKeyedCall) {
    cdr.key = {Get<uint64_t>(record, kTextAt), Get<uint64_t>(record, kTextAt + 8)};
    return cdr.key != RecordKey{};
  }
  cdr.key =
      id.empty() ? KeyOfFields(cdr) : KeyOfId(id, kind == kCallerCall ? &cdr.calling : nullptr);
  return true;
}

MaybeTime TimeOf(int64_t micros) {
  return micros == kNoTime ? MaybeTime() : MaybeTime(FromUnixMicros(micros));
}

}  // namespace

bool BinaryDecoder::DecodeQuickly(const char* record, const DecodeOptions& options,
                                  Cdr& cdr) const {
  const auto kind = Get<uint8_t>(record, kKindAt);
  const auto calling = PhoneNumber::FromPacked(Get<uint64_t>(record, kCallingAt));
  const auto called = PhoneNumber::FromPacked(Get<uint64_t>(record, kCalledAt));
  const auto setup = Get<int64_t>(record, kSetupAt);
  const auto answer = Get<int64_t>(record, kAnswerAt);
  const auto release = Get<int64_t>(record, kReleaseAt);
  const int64_t answered = answer == kNoTime ? setup : answer;
  const int64_t last = release == kNoTime ? answered : release;
  const size_t id_bytes = Get<uint16_t>(record, kIdBytesAt);
  const size_t trunk_bytes = Get<uint16_t>(record, kTrunkBytesAt);
  const size_t text_at = kind == kKeyedCall ? kTextAt + kKeyBytes : kTextAt;
  const size_t room = record_bytes_ - text_at;
  const char* text = record + text_at;
  cdr.cause = {static_cast<Cause::Scheme>(Get<uint8_t>(record, kSchemeAt)),
               Get<uint16_t>(record, kCauseAt)};
  const bool usual =
      kind <= kKeyedCall && setup >= ToUnixMicros(options.not_before) && answered >= setup &&
      last >= answered && last <= ToUnixMicros(options.not_after) && IsDefined(cdr.cause) &&
      id_bytes + trunk_bytes <= room && IsPlainText(text, id_bytes + trunk_bytes, room) &&
      options.numbers.IsNormal(calling) && options.numbers.IsNormal(called);
  if (!usual) return false;
  cdr.calling = CallingNumber(calling);
  cdr.called = CalledNumber(called);
  cdr.setup = FromUnixMicros(setup);
  cdr.answer = TimeOf(answer);
  cdr.release = TimeOf(release);
  cdr.record_id.Assign({text, id_bytes});
  cdr.trunk.Assign({text + id_bytes, trunk_bytes});
  return FindKey(record, cdr, {text, id_bytes});
}

bool BinaryDecoder::Decode(const char* record, const DecodeOptions& options, Cdr& cdr,
                           Refusal& refusal) const {
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
    return RefuseRecord(
        refusal, RejectReason::kCause,
        absl::StrCat("cause ", cdr.cause.code, " of scheme ", scheme, " is not defined"));
  }
  return DecodeTexts(record, cdr, refusal);
}

bool BinaryDecoder::DecodeTimes(const char* record, const DecodeOptions& options, Cdr& cdr,
                                Refusal& refusal) const {
  const auto setup = TimeOf(Get<int64_t>(record, kSetupAt));
  if (!setup) {
    return RefuseRecord(refusal, RejectReason::kMissingField, "the setup time is empty");
  }
  cdr.setup = *setup;
  cdr.answer = TimeOf(Get<int64_t>(record, kAnswerAt));
  cdr.release = TimeOf(Get<int64_t>(record, kReleaseAt));
  const auto plausible = [&](std::string_view field, MaybeTime time) {
    return !time || CheckPlausible(field, FormatTime(*time, options.zone), *time, options, refusal);
  };
  return plausible("setup_time", setup) && plausible("answer_time", cdr.answer) &&
         plausible("release_time", cdr.release) && CheckTimeOrder(cdr, options, refusal);
}

bool BinaryDecoder::DecodeTexts(const char* record, Cdr& cdr, Refusal& refusal) const {
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
  const std::string_view rest(area + used, room - used);
  if (rest.find_first_not_of('\0') != rest.npos) {
    return RefuseRecord(refusal, RejectReason::kLayout, "behind id and trunk are not zeros");
  }
  const ByteClasses classes = Classify({area, used});
  if (classes.control) {
    return RefuseRecord(refusal, RejectReason::kBinary, RejectReasonText(RejectReason::kBinary));
  }
  const std::string_view id(area, id_bytes);
  AssignText(id, classes.ascii, cdr.record_id);
  AssignText({area + id_bytes, trunk_bytes}, classes.ascii, cdr.trunk);
  return FindKey(record, cdr, id) ||
         RefuseRecord(refusal, RejectReason::kLayout, "the key is empty");
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
  const std::string_view rest(record + kTextAt + size, room - size);
  return unread.length >= size && rest.find_first_not_of('\0') == rest.npos;
}

bool BinaryDecoder::IsHeader(const char* record) const {
  return std::memcmp(record, kBinaryHeaderWords.data(), kBinaryHeaderWords.size()) == 0 &&
         std::string_view(record, record_bytes_) == BinaryHeaderRecord(record_bytes_);
}

}  // namespace ringfence
