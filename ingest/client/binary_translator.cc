#include "ingest/client/binary_translator.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/binary_record.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

class UnreadSink : public RejectSink {
 public:
  UnreadSink(size_t record_bytes, std::string& out) : record_bytes_(record_bytes), out_(out) {}
  void OnReject(const Reject& reject) override {
    AppendUnreadRecord(reject.reason, reject.bytes, reject.length, record_bytes_, out_);
  }

 private:
  size_t record_bytes_;
  std::string& out_;
};

}  // namespace

FormatSpec BinarySpec(const BinaryOptions& options) {
  FormatSpec spec;
  spec.format = kBinaryFormat;
  spec.header = BinaryHeader(options.record_bytes);
  spec.country = options.decode.numbers.options().country;
  return spec;
}

absl::StatusOr<BinaryTranslator> BinaryTranslator::Create(const Layout& layout,
                                                          const BinaryOptions& options) {
  if (!IsBinaryRecordSize(options.record_bytes)) {
    return absl::InvalidArgumentError(absl::StrCat("binary records can't have ",
                                                   options.record_bytes,
                                                   " bytes; they have: ", BinaryRecordSizes()));
  }
  RF_ASSIGN_OR_RETURN(CdrDecoder decoder, CdrDecoder::Create(layout, options.decode));
  return BinaryTranslator(std::move(decoder), options.record_bytes);
}

absl::StatusOr<bool> BinaryTranslator::Take(const RawRecord& record, std::string& out) {
  UnreadSink unread(record_bytes_, out);
  CdrBatchWriter writer(batch_);
  switch (decoder_.Decode(record, "", writer, unread)) {
    case CdrDecoder::Result::kSkipped:
      return false;
    case CdrDecoder::Result::kRejected:
      return true;
    case CdrDecoder::Result::kCdr:
      break;
  }
  RF_RETURN_IF_ERROR(AppendBinaryRecord(batch_.cdrs.front(), record_bytes_, out));
  return true;
}

size_t BinaryTranslator::TakeQuickly(std::string_view text, std::string& out) {
  CdrBatchWriter writer(batch_);
  const QuickRun quick = decoder_.DecodeQuickly(text, writer, 1);
  if (quick.records == 0) return 0;
  // One that does not fit comes again in Take(), which can say so.
  return AppendBinaryRecord(batch_.cdrs.front(), record_bytes_, out).ok() ? quick.bytes : 0;
}

}  // namespace ringfence
