#include "ingest/client/file_shipper.h"

#include <xxhash.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/client/record_text.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/crc32c.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

// Files that begin with the same record, under one name, and differ behind it.
constexpr int kMostVariants = 16;
constexpr uint32_t kMostRecords = 10'000;  // in a batch

using Report = std::function<void(const ShipProgress&)>;

absl::StatusOr<RecordText> OpenText(const std::string& path, const ShipOptions& options) {
  RF_ASSIGN_OR_RETURN(RecordFile file,
                      RecordFile::Open(path, options.layout, RecordText::kMaxRecordBytes));
  if (!options.binary) return RecordText(std::move(file));
  const Layout layout = DecodableLayout(file.layout());
  RF_ASSIGN_OR_RETURN(BinaryTranslator translator,
                      BinaryTranslator::Create(layout, *options.binary));
  return RecordText(std::move(file), std::move(translator));
}

FormatSpec SpecOf(const Layout& layout, const ShipOptions& options) {
  if (options.binary) return BinarySpec(*options.binary);
  return {std::string(CdrFormatName(layout.format)),
          layout.header,
          layout.columns,
          std::string(1, layout.delimiter),
          options.country,
          options.area,
          options.numbers,
          options.time_zone};
}

// Reads the records that the receiver has. True when they are those of this file.
absl::StatusOr<bool> SkipAcknowledged(RecordText& text, const StreamPosition& position) {
  uint32_t crc = 0;
  std::string record;
  while (text.records() < position.next_seq) {
    record.clear();
    RF_ASSIGN_OR_RETURN(bool more, text.Append(record));
    if (!more) return false;
    crc = ExtendCrc32c(crc, record);
  }
  return crc == position.content_crc;
}

class FileShipment {
 public:
  FileShipment(Sender& sender, const std::string& path, const ShipOptions& options,
               const Report& progress)
      : sender_(sender), path_(path), options_(options), progress_(progress) {}

  absl::StatusOr<ShipReport> Run() {
    std::string first;
    {
      RF_ASSIGN_OR_RETURN(RecordText text, OpenText(path_, options_));
      RF_ASSIGN_OR_RETURN(bool any, text.Append(first));
      if (!any) return report_;
      spec_ = SpecOf(text.file().layout(), options_);
    }
    const std::string identity = absl::StrCat(spec_.header, "\n", first);
    for (int variant = 0; variant < kMostVariants; ++variant) {
      report_.epoch = XXH3_64bits_withSeed(identity.data(), identity.size(),
                                           static_cast<XXH64_hash_t>(variant));
      RF_ASSIGN_OR_RETURN(RecordText text, OpenText(path_, options_));
      RF_ASSIGN_OR_RETURN(StreamPosition position,
                          sender_.Open(StreamName(), report_.epoch, spec_));
      RF_ASSIGN_OR_RETURN(bool same, SkipAcknowledged(text, position));
      if (same) return Ship(text);
    }
    return absl::FailedPreconditionError(
        absl::StrCat(path_, ": the receiver has ", kMostVariants,
                     " other files of this name that begin with the same record; rename it"));
  }

 private:
  std::string StreamName() const { return std::filesystem::path(path_).filename(); }

  absl::StatusOr<ShipReport> Ship(RecordText& text) {
    report_.had = text.records();
    absl::Status read;
    bool more = true;
    while (more) {
      std::string batch;
      uint64_t offset = 0;
      uint32_t count = 0;
      RF_ASSIGN_OR_RETURN(more, ReadBatch(text, batch, offset, count, read));
      if (count > 0) RF_RETURN_IF_ERROR(sender_.Send(batch, count, offset));
      Tell(text);
    }
    RF_RETURN_IF_ERROR(sender_.Finish());
    Tell(text);
    report_.records = text.records();
    report_.cut = text.cut();
    if (!read.ok()) {
      return absl::Status(read.code(), absl::StrCat(read.message(), "; the ", report_.records,
                                                    " records before that are durable"));
    }
    return report_;
  }

  // False when nothing follows the batch. An error of the file goes to `read`: what stands in front
  // of it is shipped first.
  absl::StatusOr<bool> ReadBatch(RecordText& text, std::string& batch, uint64_t& offset,
                                 uint32_t& count, absl::Status& read) {
    const uint32_t most = std::min(kMostRecords, sender_.max_records());
    if (!held_.empty()) {
      batch = std::exchange(held_, {});
      offset = held_offset_;
      count = 1;
      if (held_resized_) return true;
    }
    while (batch.size() < options_.batch_bytes && count < most) {
      const size_t before = batch.size();
      const absl::StatusOr<bool> more = text.Append(batch);
      if (!more.ok()) read = more.status();
      if (!more.ok() || !*more) return false;
      // A record that does not follow on the batch's last byte begins a batch of its own.
      if (count > 0 && (text.resized() || text.offset() != offset + before)) {
        held_ = batch.substr(before);
        held_offset_ = text.offset();
        held_resized_ = text.resized();
        batch.resize(before);
        return true;
      }
      if (count++ == 0) offset = text.offset();
      if (text.resized()) return true;
    }
    return true;
  }

  void Tell(const RecordText& text) {
    const Progress progress = text.file().progress();
    if (progress_) progress_({progress.bytes, progress.total, text.records(), sender_.acked()});
  }

  Sender& sender_;
  const std::string& path_;
  const ShipOptions& options_;
  const Report& progress_;
  FormatSpec spec_;
  ShipReport report_;
  // The first record of the next batch, when it was read with this one.
  std::string held_;
  uint64_t held_offset_ = 0;
  bool held_resized_ = false;
};

}  // namespace

absl::StatusOr<ShipReport> ShipFile(Sender& sender, const std::string& path,
                                    const ShipOptions& options, const Report& progress) {
  if (path == "-") {
    return absl::InvalidArgumentError(
        "standard input can't be read again after a failure: give it a spool (--spool FOLDER), or "
        "write it to a file and send that");
  }
  return FileShipment(sender, path, options, progress).Run();
}

}  // namespace ringfence
