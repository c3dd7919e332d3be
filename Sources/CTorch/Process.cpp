// Random number generators, devices, threads and switches of the process.
#include "Support.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <torch/headeronly/version.h>

#include <mutex>

#if TORCH_VERSION_MAJOR < 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 11)
#error "Affect needs LibTorch 2.11 or newer"
#endif

using namespace affect;

namespace {

/// The allocator of a GPU in the form that is the same for all kinds of them.
c10::DeviceAllocator &device_allocator(CTDeviceType device) {
  TORCH_CHECK(device != CTDeviceCPU, "the CPU's memory is the process's; only GPUs have an allocator that counts");
  TORCH_CHECK(ct_has_device(device), "there is no such device here");
  auto *allocator = dynamic_cast<c10::DeviceAllocator *>(c10::GetAllocator(static_cast<c10::DeviceType>(device)));
  TORCH_CHECK(allocator, "the allocator of this kind of device does not count");
  return *allocator;
}

}  // namespace

extern "C" {

int ct_generator_create(CTDeviceType device, int8_t index, uint64_t seed, CTGenerator *out) {
  return guarded([&] {
    auto type = static_cast<c10::DeviceType>(device);
    auto generator = type == c10::DeviceType::CPU
                         ? at::make_generator<at::CPUGeneratorImpl>()
                         : at::globalContext().getAcceleratorHooksInterface(type).getNewGenerator(index);
    generator.set_current_seed(seed);
    *out = reinterpret_cast<CTGenerator>(generator.unsafeReleaseGeneratorImpl());
  });
}

void ct_generator_release(CTGenerator generator) {
  c10::intrusive_ptr<c10::GeneratorImpl>::reclaim(reinterpret_cast<c10::GeneratorImpl *>(generator));
}

int ct_generator_state(CTGenerator generator, CTTensor *out) {
  return guarded([&] {
    auto source = borrowed(generator);
    std::lock_guard<std::mutex> lock(source.mutex());
    *out = handed_over(source.get_state());
  });
}

int ct_generator_set_state(CTGenerator generator, CTTensor state) {
  return guarded([&] {
    auto target = borrowed(generator);
    std::lock_guard<std::mutex> lock(target.mutex());
    target.set_state(borrowed(state));
  });
}

const char *ct_version(void) { return TORCH_VERSION; }

bool ct_has_device(CTDeviceType device) {
  switch (device) {
    case CTDeviceCPU: return true;
    case CTDeviceCUDA: return at::globalContext().hasCUDA();
    case CTDeviceMPS: return at::globalContext().hasMPS();
  }
  return false;
}

int ct_device_memory(CTDeviceType device, int8_t index, int64_t *now, int64_t *peak) {
  return guarded([&] {
    auto &allocator = device_allocator(device);
    *now = *peak = 0;
    // It begins to count with the first tensor.
    if (!allocator.initialized()) return;
    // The first of the numbers is the sum over the pools of small and large blocks.
    const auto bytes = allocator.getDeviceStats(index).allocated_bytes[0];
    *now = bytes.current;
    *peak = bytes.peak;
  });
}

int ct_reset_device_memory_peak(CTDeviceType device, int8_t index) {
  return guarded([&] {
    auto &allocator = device_allocator(device);
    if (allocator.initialized()) allocator.resetPeakStats(index);
  });
}

int32_t ct_thread_count(void) { return at::get_num_threads(); }

int ct_set_thread_count(int32_t count) {
  return guarded([&] { at::set_num_threads(count); });
}

bool ct_deterministic(void) { return at::globalContext().deterministicAlgorithms(); }

int ct_set_deterministic(bool enabled) {
  return guarded([&] { at::globalContext().setDeterministicAlgorithms(enabled, false); });
}

bool ct_cpu_has_bfloat16(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16");  // every processor with AMX has it too
#else
  return false;
#endif
}
}
