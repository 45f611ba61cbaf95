// From a chunk of text to a batch of CDRs and the rejects between them: what threads do for a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "ingest/cdr_decoder.h"
#include "ingest/cdr_source.h"
#include "ingest/reject_sink.h"
#include "ingest/text/text_chunks.h"

namespace ringfence {

// Keeps rejects to tell them later.
class KeptRejects : public RejectSink {
 public:
  void OnReject(const Reject& reject) override;

  // Tells them to `sink`, in order; lines count on from `lines`. Then none are kept.
  void Tell(std::string_view source, uint64_t lines, RejectSink& sink);

 private:
  struct Kept {
    Reject reject;  // its views are not used
    std::string bytes;
  };
  std::vector<Kept> kept_;
};

struct DecodedChunk {
  CdrBatch batch;  // without its end
  KeptRejects rejects;
  uint64_t records = 0;  // rejects included, headers not
  uint64_t lines = 0;
  uint64_t end = 0;  // offset behind the chunk
};

// How the records of one file are read.
struct FileReading {
  std::string name;
  Layout layout;
  RecordRules rules;
};

// Decodes chunks of any files. One for each thread: not thread-safe.
class ChunkDecoder {
 public:
  explicit ChunkDecoder(DecodeOptions options) : options_(std::move(options)) {}

  // Replaces the content of `decoded`. InvalidArgument when the layout lacks what its format needs.
  absl::Status Decode(const std::shared_ptr<const FileReading>& file, const TextChunk& chunk,
                      DecodedChunk& decoded);

 private:
  void DecodeRecords(const TextChunk& chunk, DecodedChunk& decoded);
  void DecodeLongRecord(const TextChunk& chunk, DecodedChunk& decoded);

  DecodeOptions options_;
  std::shared_ptr<const FileReading> file_;  // that decoder_ is for
  std::optional<CdrDecoder> decoder_;
};

}  // namespace ringfence
