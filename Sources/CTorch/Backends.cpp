// The backends of c10d. Their classes are named in no other file: Gloo's headers are declarations of Affect's own (see
// Declarations/gloo/context.h), and NCCL's are there with CUDA only.
#define USE_C10D_GLOO
// The first header is made when LibTorch is built for CUDA; what NCCL's and CUDA's headers include must be there as well.
#if __has_include(<c10/cuda/impl/cuda_cmake_macros.h>) && __has_include(<nccl.h>) && \
    __has_include(<crt/host_config.h>) && __has_include(<nv/target>)
#define AFFECT_NCCL
#define USE_C10D_NCCL
#endif

#include "Group.h"

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#ifdef AFFECT_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <cstdlib>
#include <sstream>

namespace affect {

c10::intrusive_ptr<c10d::Store> open_store(const Meeting &meeting, bool keeps) {
  c10d::TCPStoreOptions options;
  options.port = meeting.port;
  options.isServer = keeps;
  options.numWorkers = meeting.ranks;
  options.waitWorkers = false;
  options.timeout = meeting.timeout;
  auto store = c10::make_intrusive<c10d::TCPStore>(meeting.host, options);
  return c10::make_intrusive<c10d::PrefixStore>(meeting.prefix, std::move(store));
}

c10::intrusive_ptr<c10d::Backend> make_gloo(const Meeting &meeting, c10::intrusive_ptr<c10d::Store> store) {
  auto options = c10d::ProcessGroupGloo::Options::create(meeting.timeout);
  // The variable that users of PyTorch choose network interfaces by.
  if (const char *interfaces = std::getenv("GLOO_SOCKET_IFNAME")) {
    std::stringstream names(interfaces);
    for (std::string name; std::getline(names, name, ',');)
      options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForInterface(name));
  }
  if (options->devices.empty()) {
    const bool local = meeting.host == "localhost" || meeting.host.rfind("127.", 0) == 0;
    options->devices.push_back(
        local ? c10d::ProcessGroupGloo::createDeviceForHostname(meeting.host)
              : c10d::ProcessGroupGloo::createDefaultDevice());
  }
  return c10::make_intrusive<c10d::ProcessGroupGloo>(
      c10::make_intrusive<c10d::PrefixStore>("gloo", std::move(store)), meeting.rank, meeting.ranks,
      std::move(options));
}

c10::intrusive_ptr<c10d::Backend> make_nccl(const Meeting &meeting, c10::intrusive_ptr<c10d::Store> store) {
#ifdef AFFECT_NCCL
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = meeting.timeout;
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(
      c10::make_intrusive<c10d::PrefixStore>("nccl", std::move(store)), meeting.rank, meeting.ranks,
      std::move(options));
#else
  TORCH_CHECK(
      false,
      "Affect was built without NCCL, so that ranks can't compute together on CUDA devices; build it with a LibTorch "
      "for CUDA where CUDA's and NCCL's headers are found, or train on the CPU");
#endif
}

}  // namespace affect
