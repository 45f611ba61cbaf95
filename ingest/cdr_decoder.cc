#include "ingest/cdr_decoder.h"

#include <charconv>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/binary_decoder.h"
#include "ingest/field_checks.h"
#include "ingest/formats/record_format.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/plain_decoder.h"

namespace ringfence {
namespace {

bool ReadCause(std::string_view text, Cause& cause, Refusal& refusal) {
  cause = {};
  if (text.empty()) return true;
  uint16_t code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && code == 0) return true;  // what switches write for "none"
  if (whole && code <= 127) {
    cause = {Cause::Scheme::kQ850, code};
  } else if (whole && code >= 200 && code <= 699) {
    cause = {Cause::Scheme::kSip, code};
  } else {
    return RefuseField(refusal, RejectReason::kCause, "cause", text,
                       "is neither a Q.850 code (1 to 127) nor a final SIP code (200 to 699)");
  }
  return true;
}

}  // namespace

CdrDecoder::CdrDecoder(std::unique_ptr<RecordFormat> format, size_t record_bytes,
                       DecodeOptions options)
    : format_(std::move(format)), options_(std::move(options)), times_(options_.zone) {
  if (format_ != nullptr) {
    plain_ = std::make_unique<PlainDecoder>(format_->Plain());
  } else {
    binary_ = std::make_unique<BinaryDecoder>(record_bytes);
  }
}
CdrDecoder::CdrDecoder(CdrDecoder&&) noexcept = default;
CdrDecoder& CdrDecoder::operator=(CdrDecoder&&) noexcept = default;
CdrDecoder::~CdrDecoder() = default;

absl::StatusOr<CdrDecoder> CdrDecoder::Create(const Layout& layout, DecodeOptions options) {
  RF_RETURN_IF_ERROR(CheckLayout(layout));
  if (layout.record_bytes() > 0) {
    return CdrDecoder(nullptr, layout.record_bytes(), std::move(options));
  }
  RF_ASSIGN_OR_RETURN(std::unique_ptr<RecordFormat> format, MakeRecordFormat(layout));
  return CdrDecoder(std::move(format), 0, std::move(options));
}

QuickRun CdrDecoder::DecodeQuickly(std::string_view text, CdrBatchWriter& batch, size_t most) {
  if (plain_ != nullptr) return plain_->Decode(text, options_, times_, batch, most);
  const size_t size = binary_->record_bytes();
  QuickRun run;
  while (run.records < most && text.size() - run.bytes >= size &&
         binary_->DecodeQuickly(text.data() + run.bytes, options_, batch.Slot())) {
    batch.Keep();
    ++run.records;
    run.bytes += size;
  }
  return run;
}

CdrDecoder::Result CdrDecoder::Decode(const RawRecord& record, std::string_view source,
                                      CdrBatchWriter& batch, RejectSink& rejects) {
  Reject reject;
  reject.source = source;
  reject.offset = record.offset;
  reject.line = record.line;
  reject.bytes = record.bytes;
  reject.length = record.length;
  reject.binary = binary_ != nullptr;
  if (record.fault) {
    reject.reason = *record.fault;
    reject.detail = RejectReasonText(*record.fault);
    rejects.OnReject(reject);
    return Result::kRejected;
  }
  const Result result =
      binary_ != nullptr ? DecodeBinary(record, batch, reject) : DecodeText(record, batch, reject);
  if (result == Result::kRejected) rejects.OnReject(reject);
  return result;
}

CdrDecoder::Result CdrDecoder::DecodeBinary(const RawRecord& record, CdrBatchWriter& batch,
                                            Reject& reject) const {
  const char* bytes = record.bytes.data();
  if (record.unterminated) {
    reject.reason = RejectReason::kTruncated;
    reject.detail = RejectReasonText(RejectReason::kTruncated);
    return Result::kRejected;
  }
  if (binary_->IsHeader(bytes)) return Result::kSkipped;
  BinaryDecoder::Unread unread;
  if (binary_->ReadUnread(bytes, unread)) {
    reject.reason = unread.reason;
    reject.detail =
        absl::StrCat("the sender could not read it: ", ToAbsl(RejectReasonText(unread.reason)));
    reject.bytes = unread.bytes;
    reject.length = unread.length;
    reject.binary = false;
    return Result::kRejected;
  }
  Refusal refusal;
  if (!binary_->Decode(bytes, options_, batch.Slot(), refusal)) {
    reject.reason = refusal.reason;
    reject.detail = std::move(refusal.detail);
    return Result::kRejected;
  }
  batch.Keep();
  return Result::kCdr;
}

CdrDecoder::Result CdrDecoder::DecodeText(const RawRecord& record, CdrBatchWriter& batch,
                                          Reject& reject) {
  Refusal refusal;
  const auto refused = [&] {
    reject.reason = refusal.reason;
    reject.detail = std::move(refusal.detail);
    return Result::kRejected;
  };
  const ByteClasses classes = Classify(record.bytes);
  if (classes.control) {
    refusal = {RejectReason::kBinary, std::string(RejectReasonText(RejectReason::kBinary))};
    return refused();
  }
  RawCdr raw;
  RecordFormat::Result read = format_->Read(record, raw, refusal);
  if (read == RecordFormat::Result::kSkip) return Result::kSkipped;
  Cdr& cdr = batch.Slot();
  if (read == RecordFormat::Result::kRecord && Fill(raw, cdr, refusal)) {
    AssignText(raw.trunk, classes.ascii, cdr.trunk);
    AssignText(raw.record_id, classes.ascii, cdr.record_id);
    cdr.key = RecordKey();
    if (options_.keys) {
      cdr.key = raw.record_id.empty()
                    ? KeyOfFields(cdr)
                    : KeyOfId(raw.record_id, raw.id_is_per_caller ? &cdr.calling : nullptr);
    }
    batch.Keep();
    return Result::kCdr;
  }
  // A record without its line end that can't be read was cut off, whatever it is that is missing.
  if (record.unterminated) {
    refusal.detail = absl::StrCat("the input ends inside the record: ", refusal.detail);
    refusal.reason = RejectReason::kTruncated;
  }
  return refused();
}

bool CdrDecoder::Fill(const RawCdr& raw, Cdr& cdr, Refusal& refusal) {
  if (raw.calling.empty() || raw.called.empty() || raw.setup.empty()) {
    const char* name = raw.calling.empty()  ? "calling number"
                       : raw.called.empty() ? "called number"
                                            : "setup time";
    refusal = {RejectReason::kMissingField, absl::StrCat("the ", name, " is empty")};
    return false;
  }
  return FillNumbers(raw, cdr, refusal) && FillTimes(raw, cdr, refusal) &&
         ReadCause(raw.cause, cdr.cause, refusal);
}

bool CdrDecoder::FillNumbers(const RawCdr& raw, Cdr& cdr, Refusal& refusal) const {
  const absl::StatusOr<PhoneNumber> calling = options_.numbers.Normalise(raw.calling);
  if (!calling.ok()) {
    return RefuseField(refusal, RejectReason::kCallingNumber, "calling", raw.calling,
                       ToStd(calling.status().message()));
  }
  const absl::StatusOr<PhoneNumber> called = options_.numbers.Normalise(raw.called);
  if (!called.ok()) {
    return RefuseField(refusal, RejectReason::kCalledNumber, "called", raw.called,
                       ToStd(called.status().message()));
  }
  cdr.calling = CallingNumber(*calling);
  cdr.called = CalledNumber(*called);
  return true;
}

bool CdrDecoder::FillTimes(const RawCdr& raw, Cdr& cdr, Refusal& refusal) {
  cdr.answer.reset();
  cdr.release.reset();
  EventTime time;
  if (!ReadTime("setup_time", raw.setup, cdr.setup, refusal)) return false;
  if (!raw.answer.empty()) {
    if (!ReadTime("answer_time", raw.answer, time, refusal)) return false;
    cdr.answer = time;
  }
  if (!raw.release.empty()) {
    if (!ReadTime("release_time", raw.release, time, refusal)) return false;
    cdr.release = time;
  }
  return CheckTimeOrder(cdr, options_, refusal);
}

bool CdrDecoder::ReadTime(std::string_view name, std::string_view text, EventTime& time,
                          Refusal& refusal) {
  const absl::StatusOr<EventTime> read = times_.Read(text);
  if (!read.ok()) {
    return RefuseField(refusal, RejectReason::kTime, name, text, ToStd(read.status().message()));
  }
  time = *read;
  return CheckPlausible(name, text, time, options_, refusal);
}

}  // namespace ringfence
