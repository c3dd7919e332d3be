// Gradients, gradient mode and autocast.
#include "Support.h"

#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

using namespace affect;

namespace {

torch::autograd::variable_list tensors(const CTTensor *list, size_t count) {
  torch::autograd::variable_list out;
  out.reserve(count);
  for (size_t i = 0; i < count; ++i) out.push_back(list && list[i] ? borrowed(list[i]) : at::Tensor());
  return out;
}

}  // namespace

extern "C" {

bool ct_tensor_requires_gradient(CTTensor tensor) { return impl(tensor)->requires_grad(); }

int ct_tensor_set_requires_gradient(CTTensor tensor, bool value) {
  return guarded([&] { borrowed(tensor).set_requires_grad(value); });
}

CTTensor ct_tensor_gradient(CTTensor tensor) { return handed_over(borrowed(tensor).grad()); }

int ct_tensor_set_gradient(CTTensor tensor, CTTensor gradient) {
  return guarded([&] { borrowed(tensor).mutable_grad() = gradient ? borrowed(gradient) : at::Tensor(); });
}

int ct_backward(CTTensor root, CTTensor seed, bool keep_graph) {
  return guarded([&] {
    torch::autograd::backward({borrowed(root)}, {seed ? borrowed(seed) : at::Tensor()}, keep_graph, false);
  });
}

int ct_gradients(
    const CTTensor *outputs, size_t output_count, const CTTensor *inputs, size_t input_count, const CTTensor *seeds,
    bool keep_graph, bool create_graph, bool allow_unused, CTTensor *out) {
  return guarded([&] {
    auto result = torch::autograd::grad(
        tensors(outputs, output_count), tensors(inputs, input_count), tensors(seeds, seeds ? output_count : 0),
        keep_graph, create_graph, allow_unused);
    for (size_t i = 0; i < input_count; ++i) out[i] = handed_over(std::move(result[i]));
  });
}

bool ct_gradient_mode(void) { return c10::GradMode::is_enabled(); }

void ct_set_gradient_mode(bool enabled) { c10::GradMode::set_enabled(enabled); }

bool ct_autocast_enabled(CTDeviceType device) {
  return at::autocast::is_autocast_enabled(static_cast<c10::DeviceType>(device));
}

CTDType ct_autocast_dtype(CTDeviceType device) {
  return static_cast<CTDType>(at::autocast::get_autocast_dtype(static_cast<c10::DeviceType>(device)));
}

int ct_set_autocast(CTDeviceType device, bool enabled, CTDType dtype) {
  return guarded([&] {
    auto type = static_cast<c10::DeviceType>(device);
    at::autocast::set_autocast_dtype(type, static_cast<c10::ScalarType>(dtype));
    at::autocast::set_autocast_enabled(type, enabled);
    // Weights are cast once per region; the copies must not outlive it, since optimisers change the originals.
    if (!enabled) at::autocast::clear_cache();
  });
}
}
