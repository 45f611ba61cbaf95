#include "tools/service/configured_files.h"

#include <algorithm>
#include <utility>

#include "ingest/model/status_macros.h"

namespace ringfence {

ConfiguredFiles::ConfiguredFiles(std::vector<std::string> paths, LayoutChoice choice,
                                 DecodeOptions decode, ServiceCore& core)
    : paths_(std::move(paths)),
      choice_(std::move(choice)),
      decode_(std::move(decode)),
      core_(core) {}

bool ConfiguredFiles::Next(std::vector<Detection>& detections) {
  for (;;) {
    if (source_ != nullptr) {
      const absl::StatusOr<bool> more = source_->Next(batch_);
      if (more.ok() && *more) {
        const uint64_t read = source_->records_read();
        core_.ConsumeFile(batch_, read - counted_, source_->position(), detections);
        counted_ = read;
        read_any_ = true;
        return true;
      }
      if (!more.ok()) errors_.push_back(more.status());
      source_.reset();
    }
    if (next_ == paths_.size()) return false;
    auto opened = OpenNext();
    ++next_;
    if (opened.ok()) {
      source_ = *std::move(opened);
      counted_ = 0;
    } else {
      errors_.push_back(opened.status());
    }
  }
}

absl::StatusOr<std::unique_ptr<FileSource>> ConfiguredFiles::OpenNext() {
  const std::string& path = paths_[next_];
  const auto open = [&] { return FileSource::Open(path, choice_, decode_, core_.rejects()); };
  RF_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> source, open());
  const auto& known = core_.files();
  const auto found = std::find_if(known.begin(), known.end(), [&](const FilePosition& position) {
    return position.path == path;
  });
  if (found == known.end()) return source;
  const absl::StatusOr<bool> same = source->Skip(*found);
  if (same.ok() && *same) return source;
  return open();
}

}  // namespace ringfence
