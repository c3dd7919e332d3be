// Random number generators, devices, threads and switches of the process.
#include "Support.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/headeronly/version.h>

#include <mutex>

#if TORCH_VERSION_MAJOR < 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 11)
#error "Affect needs LibTorch 2.11 or newer"
#endif

using namespace affect;

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
