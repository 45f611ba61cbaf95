// A copy of memory for a child process, so that the child's and its parent's are never the same
// pages.
//
// What a child made by fork() has is shared with its parent, and whichever of them writes first
// copies each page, in pieces of 4 KiB: seconds for a table that is written at random, which stays
// in small pages from then on. To copy it beforehand takes a tenth of a second for a gigabyte, if
// there already is memory to copy to.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "ingest/model/huge_pages.h"

namespace ringfence {

//   Populate(), again and again; then at once Take(), fork(), and in the child PutInPlace();
//   in the parent it is destroyed.
// Not thread-safe.
class MemoryCopy {
 public:
  // What so many bytes in so many regions take.
  static size_t RoomFor(const MemoryRegions& regions);

  // With room for so many bytes. Null: the system does not give as many.
  static std::unique_ptr<MemoryCopy> WithRoom(size_t bytes);
  // Gives the memory back. From now on children inherit what was taken, as before.
  ~MemoryCopy();
  MemoryCopy(const MemoryCopy&) = delete;
  MemoryCopy& operator=(const MemoryCopy&) = delete;

  // Sees to it that the first `bytes` of the room are really there, no more than `at_most` of them
  // at a time; true when they are. The rest comes while it is copied to.
  bool Populate(size_t bytes, size_t at_most);

  // Copies the regions as they are, as far as there is room, and keeps these from children, which
  // get the others as usual; of those not for children there is no copy. Once only.
  void Take(const MemoryRegions& regions);

  // In the child: the copies come where it lacks the regions. Unavailable: they can't, and it must
  // not touch any.
  absl::Status PutInPlace() const;

 private:
  MemoryCopy(char* room, size_t bytes) : room_(room), bytes_(bytes) {}

  char* room_;  // null: none
  size_t bytes_;
  size_t populated_ = 0;
  MemoryRegions taken_;  // their copies one behind the other, each from a large page on
};

}  // namespace ringfence
