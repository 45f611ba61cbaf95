// CDRs from files, read by several threads.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/cdr_decoder.h"
#include "ingest/cdr_source.h"
#include "ingest/chunk_decoder.h"
#include "ingest/record_file.h"
#include "ingest/reject_sink.h"
#include "ingest/text/text_chunks.h"

namespace ringfence {

// The CDRs of several files, one after another, as FileSet gives them: the same records and rejects
// in the same order, for any number of threads. A file that can't be opened or read on is noted in
// errors(), and reading goes on with the next.
//
// One thread at a time takes the next chunk from the input, decompression included; any number
// decode chunks meanwhile, and one sees the decoded ones in their order; whoever calls Next() gets
// them so, and helps with all that rather than wait. Memory: about 300 KB for each of 2 * threads +
// 1 chunks. Use from one thread.
class ParallelFiles : public CdrSource {
 public:
  struct Options {
    size_t threads = 1;  // the caller's included; 0 counts as 1
    size_t chunk_bytes = 128 * 1024;
    size_t max_record_bytes = RecordFile::kMaxRecordBytes;
    // What has to see the records in their order, and takes long: done with each batch before
    // Next() gives it out, by whichever thread has time, one batch after the other. `expected`: how
    // many records all files hold, by what was read of them so far; none where a size is not known.
    std::function<void(CdrBatch&, std::optional<uint64_t> expected)> in_order = nullptr;
  };

  // `rejects` must outlive the source; it is told in the thread that calls Next().
  ParallelFiles(std::vector<std::string> paths, LayoutChoice choice, const DecodeOptions& decode,
                RejectSink& rejects, Options options);
  ~ParallelFiles() override;
  ParallelFiles(const ParallelFiles&) = delete;
  ParallelFiles& operator=(const ParallelFiles&) = delete;

  // Never an error: those of the files are in errors().
  absl::StatusOr<bool> Next(CdrBatch& batch) override;

  // All of these are about what Next() has returned.
  const std::vector<absl::Status>& errors() const { return errors_; }
  uint64_t records_read() const { return records_; }
  // Of all files together; the total is known only if every file's size is.
  Progress progress() const { return {bytes_, total_bytes_}; }

 private:
  // A chunk on its way. It belongs to the thread that works on it; `done` is guarded by mutex_.
  struct Job {
    TextChunk chunk;
    std::shared_ptr<const FileReading> file;  // null: `error` is all
    absl::Status error;                       // noted behind the records
    DecodedChunk decoded;
    uint64_t bytes = 0;  // taken from all files so far
    bool done = false;
  };
  using Lock = std::unique_lock<std::mutex>;

  void RunThread(const DecodeOptions& decode);
  // With the lock.
  bool CanCut() const;
  bool CanSee() const;
  bool AllSeen() const { return ended_ && seen_ == cut_; }
  // Takes the next chunk and decodes it; comes and goes with the lock.
  void CutAndDecode(ChunkDecoder& decoder, Lock& lock);
  // Does what is to be done in order with the next job; comes and goes with the lock.
  void See(Lock& lock);
  std::optional<uint64_t> Expected(const Job& job) const;
  bool Cut(Job& job);
  absl::Status OpenNext();
  void Deliver(Job& job, CdrBatch& batch);

  const Options options_;
  RejectSink& rejects_;

  // Of the thread that cuts.
  std::vector<std::string> paths_;
  LayoutChoice choice_;
  size_t next_path_ = 0;
  std::shared_ptr<const FileReading> file_;
  std::optional<ChunkCutter> cutter_;
  uint64_t closed_bytes_ = 0;

  // Of the thread that calls Next().
  ChunkDecoder decoder_;
  std::shared_ptr<const FileReading> delivered_file_;
  uint64_t file_records_ = 0;
  uint64_t file_lines_ = 0;
  uint64_t records_ = 0;
  uint64_t bytes_ = 0;
  std::optional<uint64_t> total_bytes_;
  std::vector<absl::Status> errors_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Job> jobs_;      // number i is in place i % size
  uint64_t cut_ = 0;           // jobs made so far
  uint64_t seen_ = 0;          // of these: seen in order
  uint64_t seen_records_ = 0;  // their records; of the thread that sees
  uint64_t delivered_ = 0;     // of these: given out
  bool cutting_ = false;
  bool seeing_ = false;
  bool ended_ = false;  // there is nothing left to cut
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ringfence
