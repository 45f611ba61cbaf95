#include "ingest/plain_decoder.h"

#include "ingest/cdr_decoder.h"
#include "ingest/model/digits.h"

namespace ringfence {
namespace {

// In the order of the canonical header.
enum PlainField : size_t { kId, kCalling, kCalled, kSetup, kAnswer, kRelease, kCause, kTrunk };

bool ReadPlainCause(std::string_view text, Cause& cause) {
  cause = {};
  if (text.empty()) return true;
  uint64_t code = 0;
  if (text.size() > 3 || !digits::Read(text.data(), text.size(), code)) return false;
  if (code == 0) return true;
  if (code <= 127) {
    cause = {Cause::Scheme::kQ850, static_cast<uint16_t>(code)};
    return true;
  }
  cause = {Cause::Scheme::kSip, static_cast<uint16_t>(code)};
  return code >= 200 && code <= 699;
}

}  // namespace

QuickRun PlainDecoder::Decode(std::string_view text, const DecodeOptions& options,
                              TimeReader& times, CdrBatchWriter& batch, size_t most) {
  QuickRun run;
  if (!columns_ || most == 0) return run;
  rows_.Begin(text);
  while (rows_.Next() && IsRecord() && Fill(options, times, batch.Slot())) {
    batch.Keep();
    run.bytes = rows_.next();
    if (++run.records == most) break;
  }
  return run;
}

bool PlainDecoder::IsRecord() const {
  if (rows_.fields() < columns_->least || rows_.fields() > columns_->most) return false;
  return rows_.bytes() != columns_->header;  // files are joined with cat
}

bool PlainDecoder::Fill(const DecodeOptions& options, TimeReader& times, Cdr& cdr) const {
  std::string_view calling = rows_.field(columns_->better_calling);
  if (calling.empty()) calling = Field(kCalling);
  PhoneNumber number;
  if (!options.numbers.NormalisePlain(calling, number)) return false;
  cdr.calling = CallingNumber(number);
  if (!options.numbers.NormalisePlain(Field(kCalled), number)) return false;
  cdr.called = CalledNumber(number);
  if (!FillTimes(options, times, cdr) || !ReadPlainCause(Field(kCause), cdr.cause)) return false;
  const std::string_view id = Field(kId);
  cdr.trunk.Assign(Field(kTrunk));
  cdr.record_id.Assign(id);
  cdr.key = RecordKey();
  if (options.keys) cdr.key = id.empty() ? KeyOfFields(cdr) : KeyOfId(id, nullptr);
  return true;
}

bool PlainDecoder::FillTimes(const DecodeOptions& options, TimeReader& times, Cdr& cdr) const {
  EventTime last = options.not_before;  // each is at or after the one before
  const auto read = [&](size_t field, EventTime& time) {
    if (!times.ReadPlain(Field(field), time) || time < last) return false;
    last = time;
    return true;
  };
  const auto read_optional = [&](size_t field, MaybeTime& time) {
    time.reset();
    if (Field(field).empty()) return true;
    EventTime given;
    if (!read(field, given)) return false;
    time = given;
    return true;
  };
  return read(kSetup, cdr.setup) && read_optional(kAnswer, cdr.answer) &&
         read_optional(kRelease, cdr.release) && last <= options.not_after;
}

}  // namespace ringfence
