// Memory of large tables in pages of 2 MiB: looking up at random in more than the processor's
// translation buffers cover costs a walk through the page table each time, with 4 KiB pages.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>

namespace ringfence {

// For the standard library's and Abseil's containers. Small amounts come from operator new, large
// ones from the system, to which they return at once. The kernel is asked for large pages and may
// decline; then it is ordinary memory.
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
    munmap(memory, Whole(count * sizeof(T)));
  }

  friend bool operator==(const HugePageAllocator&, const HugePageAllocator&) { return true; }

 private:
  static constexpr size_t kPage = 2 * 1024 * 1024;
  static constexpr size_t kWorth = kPage;
  static constexpr std::align_val_t kSmall{alignof(T) > __STDCPP_DEFAULT_NEW_ALIGNMENT__
                                               ? alignof(T)
                                               : __STDCPP_DEFAULT_NEW_ALIGNMENT__};

  // In whole pages, as munmap() counts: small ones, or large ones where the last is all but full.
  static size_t Whole(size_t bytes) {
    constexpr size_t kSmallPage = 4096;
    const size_t large = (bytes + kPage - 1) / kPage * kPage;
    if (large - bytes <= kPage / 32) return large;
    return (bytes + kSmallPage - 1) / kSmallPage * kSmallPage;
  }

  // The system aligns to small pages only: what stands out on both sides goes back.
  static void* Map(size_t bytes) {
    const size_t whole = Whole(bytes);
    void* const mapped =
        mmap(nullptr, whole + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
      // It reports that there is no memory, as for any container.
      return ::operator new(std::numeric_limits<ptrdiff_t>::max());
    }
    auto* const start = static_cast<char*>(mapped);
    const size_t before = (kPage - reinterpret_cast<uintptr_t>(mapped) % kPage) % kPage;
    char* const memory = start + before;
    if (before > 0) munmap(start, before);
    if (before < kPage) munmap(memory + whole, kPage - before);
    madvise(memory, whole, MADV_HUGEPAGE);
    return memory;
  }
};

}  // namespace ringfence
