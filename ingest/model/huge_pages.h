// Memory of large tables in pages of 2 MiB: looking up at random in more than the processor's
// translation buffers cover costs a walk through the page table each time, with 4 KiB pages.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace ringfence {

// For the standard library's and Abseil's containers. Small amounts come from operator new. The
// kernel is asked for large pages and may decline; then it is ordinary memory.
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
    if (bytes < kWorth) return static_cast<T*>(::operator new(bytes, kSmall));
    void* memory = ::operator new (bytes, std::align_val_t{kPage});
    madvise(memory, bytes, MADV_HUGEPAGE);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t count) {
    if (count * sizeof(T) < kWorth) return ::operator delete(memory, kSmall);
    ::operator delete (memory, std::align_val_t{kPage});
  }

  friend bool operator==(const HugePageAllocator&, const HugePageAllocator&) { return true; }

 private:
  static constexpr size_t kPage = 2 * 1024 * 1024;
  static constexpr size_t kWorth = 2 * kPage;
  static constexpr std::align_val_t kSmall{alignof(T) > __STDCPP_DEFAULT_NEW_ALIGNMENT__
                                               ? alignof(T)
                                               : __STDCPP_DEFAULT_NEW_ALIGNMENT__};
};

}  // namespace ringfence
