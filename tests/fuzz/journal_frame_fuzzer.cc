// Any batch comes out of its frame as it went in; any bytes as a body are a batch or DataLoss, and
// the same whatever was read before.
#include <cstdint>
#include <memory>
#include <string>

#include "ingest/journal/frame.h"
#include "tests/fuzz/fuzz_input.h"

namespace ringfence {
namespace {

bool Same(const RawBatch& a, const RawBatch& b) {
  return a.stream->key == b.stream->key && a.stream->format == b.stream->format &&
         a.first_seq == b.first_seq && a.count == b.count && a.offset == b.offset &&
         a.records == b.records && a.end == b.end;
}

RawBatch TakeBatch(FuzzInput& input) {
  StreamInfo info;
  info.key = {input.Text(64), input.Text(64), input.Number()};
  for (std::string* field :
       {&info.format.format, &info.format.header, &info.format.columns, &info.format.delimiter,
        &info.format.country, &info.format.area, &info.format.numbers, &info.format.time_zone}) {
    *field = input.Text(16);
  }
  RawBatch batch;
  batch.stream = std::make_shared<const StreamInfo>(std::move(info));
  batch.first_seq = input.Number();
  batch.count = static_cast<uint32_t>(input.Number());
  batch.offset = input.Number();
  batch.end = {batch.first_seq + batch.count, input.Number(),
               static_cast<uint32_t>(input.Number())};
  batch.records = input.Text(4096);
  return batch;
}

void RoundTrip(FuzzInput& input, BodyReader& bodies) {
  const uint64_t salt = input.Number();
  const RawBatch batch = TakeBatch(input);
  FrameHeader written{.previous_crc = static_cast<uint32_t>(input.Number()),
                      .lsn = input.Number(),
                      .received_at = FromUnixMicros(static_cast<int64_t>(input.Number())),
                      .durable_lsn = input.Number()};
  std::string bytes = "before";
  AppendFrame(salt, written, batch, bytes);
  MustHold(bytes.size() == 6 + written.FrameBytes());
  const std::string_view frame = std::string_view(bytes).substr(6);
  FrameHeader read;
  std::string_view body;
  MustHold(ReadFrame(salt, frame, read, body));
  MustHold(read.body_bytes == written.body_bytes && read.crc == written.crc &&
           read.previous_crc == written.previous_crc && read.lsn == written.lsn &&
           read.received_at == written.received_at && read.durable_lsn == written.durable_lsn);
  RawBatch again;
  MustHold(bodies.Read(body, again).ok() && Same(again, batch));
  MustHold(!ReadFrame(salt + 1, frame, read, body));
  MustHold(!ReadFrame(salt, frame.substr(0, frame.size() - 1), read, body));
}

void ReadBody(std::string_view body, BodyReader& used) {
  RawBatch batch, fresh;
  const absl::Status status = used.Read(body, batch);
  MustHold(status.ok() || absl::IsDataLoss(status));
  MustHold(BodyReader().Read(body, fresh).code() == status.code());
  if (!status.ok()) return;
  MustHold(Same(batch, fresh) && batch.end.next_seq == batch.first_seq + batch.count);
  FrameHeader header;
  std::string bytes;
  AppendFrame(0, header, batch, bytes);  // a batch has one form in bytes
  MustHold(std::string_view(bytes).substr(FrameHeader::kBytes, header.body_bytes) == body);
}

}  // namespace
}  // namespace ringfence

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ringfence;
  FuzzInput input(data, size);
  BodyReader bodies;
  ReadBody(input.rest(), bodies);
  for (int i = 0; i < 3 && !input.empty(); ++i) RoundTrip(input, bodies);
  ReadBody(input.rest(), bodies);
  return 0;
}
