#include "tools/service/memory_copy.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace ringfence {
namespace {

size_t RoomFor(const MemoryRegion& region) {
  return region.for_children ? RoundUp(region.bytes, kLargePageBytes) : 0;
}

void* AddressOf(const MemoryRegion& region) { return const_cast<char*>(region.begin); }

}  // namespace

size_t MemoryCopy::RoomFor(const MemoryRegions& regions) {
  size_t room = 0;
  for (const MemoryRegion& region : regions) room += ringfence::RoomFor(region);
  return room;
}

std::unique_ptr<MemoryCopy> MemoryCopy::WithRoom(size_t bytes) {
  char* const room = bytes > 0 ? MapLargePages(bytes) : nullptr;
  return bytes > 0 && room == nullptr ? nullptr
                                      : std::unique_ptr<MemoryCopy>(new MemoryCopy(room, bytes));
}

MemoryCopy::~MemoryCopy() {
  for (const MemoryRegion& region : taken_) madvise(AddressOf(region), region.bytes, MADV_DOFORK);
  if (room_ != nullptr) munmap(room_, MappedBytes(bytes_));
}

bool MemoryCopy::Populate(size_t bytes, size_t at_most) {
  const size_t wanted = std::min(bytes, bytes_);
  const size_t end = std::min(wanted, populated_ + at_most);
  for (; populated_ < end; populated_ += kSmallPageBytes) room_[populated_] = 0;
  return populated_ >= wanted;
}

void MemoryCopy::Take(const MemoryRegions& regions) {
  size_t at = 0;
  for (const MemoryRegion& region : regions) {
    if (ringfence::RoomFor(region) > bytes_ - at) continue;
    if (madvise(AddressOf(region), region.bytes, MADV_DONTFORK) != 0) continue;
    if (region.for_children) std::memcpy(room_ + at, region.begin, region.bytes);
    taken_.push_back(region);
    at += ringfence::RoomFor(region);
  }
}

absl::Status MemoryCopy::PutInPlace() const {
  char* copy = room_;
  for (const MemoryRegion& region : taken_) {
    if (!region.for_children) continue;
    if (mremap(copy, region.bytes, region.bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
               AddressOf(region)) == MAP_FAILED) {
      return absl::UnavailableError(
          absl::StrCat("a copy of the memory can't be moved: ", std::strerror(errno)));
    }
    copy += ringfence::RoomFor(region);
  }
  return absl::OkStatus();
}

}  // namespace ringfence
