// Memory of CPU tensors that is kept for the next tensor instead of going back to the system.
//
// A training step allocates and frees the same gigabytes each time. The C library returns large blocks to the system at
// once, so that every step pays for fresh pages again: half of its time on a virtual machine. Here large blocks are
// kept, in huge pages where the system has them.
#include "Support.h"

#include <c10/core/CPUAllocator.h>
#include <c10/core/alignment.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

using namespace affect;

namespace {

constexpr size_t smallest_kept = size_t(1) << 20;
constexpr size_t huge_page = size_t(2) << 20;

class KeepingAllocator final : public c10::Allocator {
 public:
  static KeepingAllocator &shared() {
    // Lives for ever: tensors in static storage may be freed after everything else.
    static auto *allocator = new KeepingAllocator();
    return *allocator;
  }

  void set_limit(size_t bytes) {
    std::vector<void *> surplus;
    {
      std::lock_guard<std::mutex> guard(mutex);
      if (!installed) {
        small = c10::GetCPUAllocator();
        c10::SetCPUAllocator(this, /*priority=*/255);
        installed = true;
      }
      limit = bytes;
      surplus = take_surplus(bytes);
    }
    for (void *block : surplus) std::free(block);
  }

  size_t limit_bytes() {
    std::lock_guard<std::mutex> guard(mutex);
    return limit;
  }

  size_t kept_bytes() {
    std::lock_guard<std::mutex> guard(mutex);
    return kept;
  }

  c10::DataPtr allocate(size_t bytes) override {
    if (bytes < smallest_kept) return small->allocate(bytes);
    const size_t rounded = rounded_up(bytes);
    void *block = take(rounded);
    if (!block) block = fresh(rounded);
    return {block, block, &KeepingAllocator::give_back, c10::Device(c10::DeviceType::CPU)};
  }

  // oneDNN's scratch memory comes and goes without a DataPtr, hence one deleter for blocks of all sizes.
  c10::DeleterFnPtr raw_deleter() const override { return &KeepingAllocator::give_back; }

  void copy_data(void *to, const void *from, size_t count) const override { std::memcpy(to, from, count); }

 private:
  /// Eight sizes to an octave, so that blocks of nearly equal size serve each other and at most an eighth is lost.
  static size_t rounded_up(size_t bytes) {
    size_t step = smallest_kept / 8;
    while (step * 16 < bytes) step *= 2;
    return (bytes + step - 1) / step * step;
  }

  void *take(size_t rounded) {
    std::lock_guard<std::mutex> guard(mutex);
    auto found = blocks.find(rounded);
    if (found == blocks.end() || found->second.empty()) return nullptr;
    void *block = found->second.back();
    found->second.pop_back();
    kept -= rounded;
    return block;
  }

  void *fresh(size_t rounded) {
    void *block = system_block(rounded);
    if (!block) {
      // What lies unused in other sizes may be all that is missing.
      std::vector<void *> surplus;
      {
        std::lock_guard<std::mutex> guard(mutex);
        surplus = take_surplus(0);
      }
      for (void *unused : surplus) std::free(unused);
      block = system_block(rounded);
    }
    TORCH_CHECK_WITH(OutOfMemoryError, block, "there is no memory for a tensor of ", rounded, " bytes");
    std::lock_guard<std::mutex> guard(mutex);
    sizes.emplace(block, rounded);
    return block;
  }

  static void *system_block(size_t rounded) {
    void *block = nullptr;
    if (posix_memalign(&block, rounded >= huge_page ? huge_page : c10::gAlignment, rounded) != 0) return nullptr;
#if defined(MADV_HUGEPAGE)
    if (rounded >= huge_page) madvise(block, rounded, MADV_HUGEPAGE);
#endif
    return block;
  }

  static void give_back(void *block) {
    auto &self = shared();
    bool is_ours;
    {
      std::lock_guard<std::mutex> guard(self.mutex);
      auto size = self.sizes.find(block);
      is_ours = size != self.sizes.end();
      if (is_ours && self.kept + size->second <= self.limit) {
        self.blocks[size->second].push_back(block);
        self.kept += size->second;
        return;
      }
      if (is_ours) self.sizes.erase(size);
    }
    if (is_ours)
      std::free(block);
    else
      self.small->raw_deallocate(block);
  }

  /// Takes unused blocks, largest first, until no more than `bytes` are kept; the caller frees them.
  std::vector<void *> take_surplus(size_t bytes) {
    std::vector<void *> surplus;
    for (auto list = blocks.rbegin(); list != blocks.rend() && kept > bytes; ++list)
      while (!list->second.empty() && kept > bytes) {
        surplus.push_back(list->second.back());
        sizes.erase(list->second.back());
        list->second.pop_back();
        kept -= list->first;
      }
    return surplus;
  }

  std::mutex mutex;
  c10::Allocator *small = nullptr;
  bool installed = false;
  size_t limit = 0, kept = 0;
  std::map<size_t, std::vector<void *>> blocks;
  std::unordered_map<void *, size_t> sizes;
};

}  // namespace

extern "C" {

int ct_set_kept_memory_limit(uint64_t bytes) {
  return guarded([&] { KeepingAllocator::shared().set_limit(bytes); });
}

uint64_t ct_kept_memory_limit(void) { return KeepingAllocator::shared().limit_bytes(); }

uint64_t ct_kept_memory(void) { return KeepingAllocator::shared().kept_bytes(); }

void ct_return_freed_memory(void) {
#if defined(__GLIBC__)
  // Blocks of up to 32 MB come from its heap once one of their size was freed, and stay there.
  malloc_trim(0);
#endif
}

bool ct_limit_heaps(int32_t count) {
#if defined(__GLIBC__)
  return mallopt(M_ARENA_MAX, count) == 1;
#else
  return false;
#endif
}
}
