#include "ingest/parallel_files.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "ingest/formats/record_format.h"
#include "ingest/model/status_macros.h"

namespace ringfence {

ParallelFiles::ParallelFiles(std::vector<std::string> paths, LayoutChoice choice,
                             const DecodeOptions& decode, RejectSink& rejects, Options options)
    : options_(std::move(options)),
      rejects_(rejects),
      paths_(std::move(paths)),
      choice_(std::move(choice)),
      decoder_(decode),
      total_bytes_(TotalBytes(paths_)),
      jobs_(options_.threads <= 1 ? 1 : 2 * options_.threads + 1) {
  try {
    for (size_t i = 1; i < options_.threads; ++i) {
      threads_.emplace_back([this, decode] { RunThread(decode); });
    }
  } catch (const std::system_error&) {
    // The machine gives no more threads: those that there are do the work, if only the caller's.
  }
}

ParallelFiles::~ParallelFiles() {
  {
    const Lock lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

absl::StatusOr<bool> ParallelFiles::Next(CdrBatch& batch) {
  Lock lock(mutex_);
  for (;;) {
    Job& job = jobs_[delivered_ % jobs_.size()];
    if (delivered_ < seen_) {
      lock.unlock();
      Deliver(job, batch);
      const bool records = job.file != nullptr;
      lock.lock();
      job.done = false;
      ++delivered_;
      changed_.notify_all();
      if (records) return true;
    } else if (CanSee()) {
      See(lock);
    } else if (CanCut()) {
      CutAndDecode(decoder_, lock);
    } else if (ended_ && delivered_ == cut_) {
      batch.cdrs.clear();
      return false;
    } else {
      changed_.wait(lock);
    }
  }
}

void ParallelFiles::RunThread(const DecodeOptions& decode) {
  ChunkDecoder decoder(decode);
  Lock lock(mutex_);
  while (!stop_ && !AllSeen()) {
    if (CanSee()) {
      See(lock);
    } else if (CanCut()) {
      CutAndDecode(decoder, lock);
    } else {
      changed_.wait(lock);
    }
  }
}

bool ParallelFiles::CanSee() const {
  return !seeing_ && seen_ < cut_ && jobs_[seen_ % jobs_.size()].done;
}

void ParallelFiles::See(Lock& lock) {
  Job& job = jobs_[seen_ % jobs_.size()];
  if (options_.in_order && job.file != nullptr) {
    seeing_ = true;
    seen_records_ += job.decoded.records;
    lock.unlock();
    options_.in_order(job.decoded.batch, Expected(job));
    lock.lock();
    seeing_ = false;
  }
  ++seen_;
  changed_.notify_all();
}

std::optional<uint64_t> ParallelFiles::Expected(const Job& job) const {
  if (!total_bytes_ || job.bytes == 0) return std::nullopt;
  const double each = static_cast<double>(seen_records_) / static_cast<double>(job.bytes);
  return static_cast<uint64_t>(each * static_cast<double>(*total_bytes_));
}

bool ParallelFiles::CanCut() const {
  return !cutting_ && !ended_ && cut_ - delivered_ < jobs_.size();
}

void ParallelFiles::CutAndDecode(ChunkDecoder& decoder, Lock& lock) {
  Job& job = jobs_[cut_ % jobs_.size()];
  cutting_ = true;
  lock.unlock();
  const bool more = Cut(job);
  lock.lock();
  cutting_ = false;
  ended_ = !more;
  if (more) ++cut_;
  changed_.notify_all();
  if (!more) return;
  lock.unlock();
  if (job.file != nullptr) {
    const absl::Status decoded = decoder.Decode(job.file, job.chunk, job.decoded);
    if (!decoded.ok()) job.error = decoded;
  }
  lock.lock();
  job.done = true;
  changed_.notify_all();
}

bool ParallelFiles::Cut(Job& job) {
  job.error = absl::OkStatus();
  for (;;) {
    if (cutter_) {
      const bool more = cutter_->Next(job.chunk);
      job.bytes = closed_bytes_ + cutter_->stream().raw_bytes_read();
      if (more) {
        job.file = file_;
        job.error = job.chunk.error;
        return true;
      }
      closed_bytes_ = job.bytes;
      cutter_.reset();
    }
    if (next_path_ == paths_.size()) return false;
    job.file = nullptr;
    job.error = OpenNext();
    if (!job.error.ok()) return true;
  }
}

absl::Status ParallelFiles::OpenNext() {
  RF_ASSIGN_OR_RETURN(LaidOutText text, OpenLaidOut(paths_[next_path_++], choice_));
  text.layout = DecodableLayout(std::move(text.layout));
  RF_RETURN_IF_ERROR(CheckLayout(text.layout));
  const RecordRules rules = text.layout.Rules(options_.max_record_bytes);
  file_ = std::make_shared<FileReading>(
      FileReading{std::move(text.name), std::move(text.layout), rules});
  cutter_.emplace(std::move(text.stream), rules, options_.chunk_bytes);
  return absl::OkStatus();
}

void ParallelFiles::Deliver(Job& job, CdrBatch& batch) {
  if (job.file != nullptr) {
    if (job.file != delivered_file_) {
      delivered_file_ = job.file;
      file_records_ = file_lines_ = 0;
    }
    DecodedChunk& decoded = job.decoded;
    decoded.rejects.Tell(job.file->name, file_lines_, rejects_);
    file_lines_ += decoded.lines;
    file_records_ += decoded.records;
    records_ += decoded.records;
    std::swap(batch.cdrs, decoded.batch.cdrs);
    batch.duplicates = decoded.batch.duplicates;
    batch.end.source.assign(job.file->name);
    batch.end.offset = decoded.end;
    batch.end.record = file_records_;
  }
  bytes_ = job.bytes;
  if (!job.error.ok()) errors_.push_back(job.error);
}

}  // namespace ringfence
