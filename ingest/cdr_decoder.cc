#include "ingest/cdr_decoder.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/formats/record_format.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/plain_decoder.h"
#include "ingest/text/encoding.h"

namespace ringfence {
namespace {

using std::chrono::seconds;

bool Refuse(Refusal& refusal, RejectReason reason, std::string_view field, std::string_view text,
            std::string_view why) {
  constexpr size_t kShownBytes = 64;
  std::string shown(text.substr(0, kShownBytes));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';  // the cut may split a character
  }
  refusal = {reason, absl::StrCat(ToAbsl(field), " '", shown,
                                  text.size() > kShownBytes ? "…' " : "' ", ToAbsl(why))};
  return false;
}

struct ByteClasses {
  bool control = false;
  bool ascii = true;
};

// Line ends may stand inside quotes, tabs between fields; other control bytes stand in no CDR.
ByteClasses Classify(std::string_view bytes) {
  unsigned control = 0;
  unsigned all = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    control |= static_cast<unsigned>(byte < 0x20) & static_cast<unsigned>(byte != '\t') &
               static_cast<unsigned>(byte != '\n') & static_cast<unsigned>(byte != '\r');
    all |= byte;
  }
  return {control != 0, all < 0x80};
}

// Ids and trunks may hold GBK; what is no text at all loses its high bytes.
std::string CleanText(std::string_view text) {
  absl::StatusOr<std::string> utf8 = ToUtf8(text);
  if (utf8.ok()) return *std::move(utf8);
  std::string replaced(text);
  std::replace_if(
      replaced.begin(), replaced.end(),
      [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return replaced;
}

template <typename Text>
void AssignText(std::string_view from, bool ascii, Text& to) {
  if (ascii || IsUtf8(from)) [[likely]] {
    to.Assign(from);
  } else {
    to.Assign(CleanText(from));
  }
}

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
    return Refuse(refusal, RejectReason::kCause, "cause", text,
                  "is neither a Q.850 code (1 to 127) nor a final SIP code (200 to 699)");
  }
  return true;
}

// Switches write some times of a record in whole seconds and others more finely: then one that is
// less than a second too early is in order.
bool IsBefore(EventTime later, EventTime earlier) {
  if (later >= earlier) return false;
  const bool coarse = later == std::chrono::floor<seconds>(later) ||
                      earlier == std::chrono::floor<seconds>(earlier);
  return !coarse || earlier - later >= seconds(1);
}

}  // namespace

CdrDecoder::CdrDecoder(std::unique_ptr<RecordFormat> format, DecodeOptions options)
    : format_(std::move(format)),
      plain_(std::make_unique<PlainDecoder>(format_->Plain())),
      options_(std::move(options)),
      times_(options_.zone) {}
CdrDecoder::CdrDecoder(CdrDecoder&&) noexcept = default;
CdrDecoder& CdrDecoder::operator=(CdrDecoder&&) noexcept = default;
CdrDecoder::~CdrDecoder() = default;

absl::StatusOr<CdrDecoder> CdrDecoder::Create(const Layout& layout, DecodeOptions options) {
  RF_ASSIGN_OR_RETURN(std::unique_ptr<RecordFormat> format, MakeRecordFormat(layout));
  return CdrDecoder(std::move(format), std::move(options));
}

const PlainRow* CdrDecoder::DecodePlain(std::string_view text, CdrBatchWriter& batch) {
  const PlainRow* row = plain_->Decode(text, options_, times_, batch.Slot());
  if (row != nullptr) batch.Keep();
  return row;
}

CdrDecoder::Result CdrDecoder::Decode(const RawRecord& record, std::string_view source,
                                      CdrBatchWriter& batch, RejectSink& rejects) {
  Refusal refusal;
  const auto reject = [&] {
    rejects.OnReject({refusal.reason, source, record.offset, record.line, record.bytes,
                      record.length, std::move(refusal.detail)});
    return Result::kRejected;
  };
  if (record.fault) {
    refusal = {*record.fault, std::string(RejectReasonText(*record.fault))};
    return reject();
  }
  const ByteClasses classes = Classify(record.bytes);
  if (classes.control) {
    refusal = {RejectReason::kBinary, std::string(RejectReasonText(RejectReason::kBinary))};
    return reject();
  }
  RawCdr raw;
  RecordFormat::Result read = format_->Read(record, raw, refusal);
  if (read == RecordFormat::Result::kSkip) return Result::kSkipped;
  Cdr& cdr = batch.Slot();
  if (read == RecordFormat::Result::kRecord && Fill(raw, cdr, refusal)) {
    AssignText(raw.trunk, classes.ascii, cdr.trunk);
    AssignText(raw.record_id, classes.ascii, cdr.record_id);
    cdr.key = raw.record_id.empty()
                  ? KeyOfFields(cdr)
                  : KeyOfId(raw.record_id, raw.id_is_per_caller ? &cdr.calling : nullptr);
    batch.Keep();
    return Result::kCdr;
  }
  // A record without its line end that can't be read was cut off, whatever it is that is missing.
  if (record.unterminated) {
    refusal.detail = absl::StrCat("the input ends inside the record: ", refusal.detail);
    refusal.reason = RejectReason::kTruncated;
  }
  return reject();
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
    return Refuse(refusal, RejectReason::kCallingNumber, "calling", raw.calling,
                  ToStd(calling.status().message()));
  }
  const absl::StatusOr<PhoneNumber> called = options_.numbers.Normalise(raw.called);
  if (!called.ok()) {
    return Refuse(refusal, RejectReason::kCalledNumber, "called", raw.called,
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
  return CheckOrder(cdr, refusal);
}

bool CdrDecoder::ReadTime(std::string_view name, std::string_view text, EventTime& time,
                          Refusal& refusal) {
  const absl::StatusOr<EventTime> read = times_.Read(text);
  if (!read.ok()) {
    return Refuse(refusal, RejectReason::kTime, name, text, ToStd(read.status().message()));
  }
  time = *read;
  if (time >= options_.not_before && time <= options_.not_after) return true;
  const bool early = time < options_.not_before;
  const EventTime bound = early ? options_.not_before : options_.not_after;
  return Refuse(refusal, RejectReason::kImplausibleTime, name, text,
                absl::StrCat(early ? "is before " : "is after ", FormatTime(bound, options_.zone)));
}

bool CdrDecoder::CheckOrder(Cdr& cdr, Refusal& refusal) const {
  EventTime last = cdr.setup;
  for (auto* time : {&cdr.answer, &cdr.release}) {
    if (!*time) continue;
    if (IsBefore(**time, last)) {
      refusal = {RejectReason::kTimeOrder,
                 absl::StrCat(time == &cdr.answer ? "answer_time " : "release_time ",
                              FormatTime(**time, options_.zone), " is before ",
                              FormatTime(last, options_.zone))};
      return false;
    }
    *time = std::max(**time, last);
    last = **time;
  }
  return true;
}

}  // namespace ringfence
