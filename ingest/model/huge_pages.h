// Memory of large tables in pages of 2 MiB: looking up at random in more than the processor's
// translation buffers cover costs a walk through the page table each time, with 4 KiB pages.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace ringfence {

inline constexpr size_t kSmallPageBytes = 4096;
inline constexpr size_t kLargePageBytes = 2 * 1024 * 1024;

inline constexpr size_t RoundUp(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

// Of memory for so many bytes, in whole pages: small ones, or large ones where the last is all but
// full.
inline constexpr size_t MappedBytes(size_t bytes) {
  const size_t large = RoundUp(bytes, kLargePageBytes);
  return large - bytes <= kLargePageBytes / 32 ? large : RoundUp(bytes, kSmallPageBytes);
}

// Addresses from a large page on, for `bytes` of memory in whole small pages, to be given back by
// munmap(); null when there are none. Large pages are asked for, which the kernel may decline; then
// it is ordinary memory. `protection` as mmap() has it.
inline char* MapAtLargePage(size_t bytes, int protection) {
  void* const mapped =
      mmap(nullptr, bytes + kLargePageBytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  // The system aligns to small pages only: what stands out on both sides goes back.
  const auto place = reinterpret_cast<uintptr_t>(mapped);
  const size_t before = RoundUp(place, kLargePageBytes) - place;
  char* const memory = static_cast<char*>(mapped) + before;
  if (before > 0) munmap(mapped, before);
  if (before < kLargePageBytes) munmap(memory + bytes, kLargePageBytes - before);
  madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

// Memory for so many bytes, for munmap() of MappedBytes().
inline char* MapLargePages(size_t bytes) {
  return MapAtLargePage(MappedBytes(bytes), PROT_READ | PROT_WRITE);
}

// Reports that there is no memory, as any container does: asks for more than anybody has.
inline void* NoMemory() { return ::operator new(std::numeric_limits<ptrdiff_t>::max()); }

// For the standard library's and Abseil's containers. Small amounts come from operator new, large
// ones from the system, to which they return at once.
template <typename T>
class HugePageAllocator {
 public:
  using value_type = T;

  HugePageAllocator() = default;
  template <typename U>
  // NOLINTNEXTLINE(google-explicit-constructor): containers turn one allocator into another
  HugePageAllocator(const HugePageAllocator<U>&) {}

  T* allocate(size_t count) {
    const size_t bytes = count * sizeof(T);
    return static_cast<T*>(bytes < kWorth ? ::operator new(bytes, kSmall) : Map(bytes));
  }
  void deallocate(T* memory, size_t count) {
    if (count * sizeof(T) < kWorth) return ::operator delete(memory, kSmall);
    munmap(memory, MappedBytes(count * sizeof(T)));
  }

  static constexpr size_t kWorth = kLargePageBytes;

  friend bool operator==(const HugePageAllocator&, const HugePageAllocator&) { return true; }

 private:
  static constexpr std::align_val_t kSmall{alignof(T) > __STDCPP_DEFAULT_NEW_ALIGNMENT__
                                               ? alignof(T)
                                               : __STDCPP_DEFAULT_NEW_ALIGNMENT__};

  static void* Map(size_t bytes) {
    char* const memory = MapLargePages(bytes);
    return memory != nullptr ? memory : NoMemory();
  }
};

// Memory of a container's own: whole pages, with nothing else in them.
struct MemoryRegion {
  const char* begin = nullptr;  // at a large page
  size_t bytes = 0;             // whole small pages
  bool for_children = true;     // false: a copy of the process has no use for it
};
using MemoryRegions = std::vector<MemoryRegion>;

// Appends the pages in which the container has elements; one that is small has none of its own.
template <typename T>
void AppendRegion(const std::vector<T, HugePageAllocator<T>>& container, MemoryRegions& regions) {
  const size_t held = container.capacity() * sizeof(T);
  if (held < HugePageAllocator<T>::kWorth || container.empty()) return;
  const size_t used = RoundUp(container.size() * sizeof(T), kLargePageBytes);
  regions.push_back(
      {reinterpret_cast<const char*>(container.data()), std::min(used, MappedBytes(held))});
}

// Elements that are all zero at first, as the system gives memory; a container would clear it
// again.
template <typename T>
class ZeroedArray {
 public:
  ZeroedArray() = default;
  explicit ZeroedArray(size_t size)
      : memory_(HugePageAllocator<T>().allocate(size), Free{size}), size_(size) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (!large()) std::memset(static_cast<void*>(memory_.get()), 0, bytes());
  }
  ZeroedArray(ZeroedArray&& other) noexcept
      : memory_(std::move(other.memory_)), size_(std::exchange(other.size_, 0)) {}
  ZeroedArray& operator=(ZeroedArray&& other) noexcept {
    memory_ = std::move(other.memory_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  T* begin() const { return memory_.get(); }
  T* end() const { return memory_.get() + size_; }
  T& operator[](size_t i) const { return memory_[i]; }
  size_t size() const { return size_; }
  size_t bytes() const { return size_ * sizeof(T); }

  // Appends all of it, unless it is small.
  void AppendRegion(MemoryRegions& regions, bool for_children) const {
    if (!large()) return;
    regions.push_back({reinterpret_cast<const char*>(begin()), MappedBytes(bytes()), for_children});
  }

 private:
  struct Free {
    size_t size = 0;
    void operator()(T* memory) const { HugePageAllocator<T>().deallocate(memory, size); }
  };
  bool large() const { return bytes() >= HugePageAllocator<T>::kWorth; }

  std::unique_ptr<T[], Free> memory_;
  size_t size_ = 0;
};

}  // namespace ringfence
