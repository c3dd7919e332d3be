// Functions whose gradients Swift computes: a node of the graph that calls back.
#include "Support.h"

#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

using namespace affect;

namespace {

struct CallbackNode : torch::autograd::Node {
  CallbackNode(CTGradientFunction function, void (*release)(void *), void *context)
      : function(function), release(release), context(context) {}

  ~CallbackNode() override { forget(); }

  std::string name() const override { return "AffectCustomGradient"; }

  // The engine calls this after a backward pass that does not keep the graph.
  void release_variables() override { forget(); }

  torch::autograd::variable_list apply(torch::autograd::variable_list &&gradients) override {
    TORCH_CHECK(context, "the graph was walked a second time, after its memory had been freed; keep it for the first walk");
    std::vector<CTTensor> given(gradients.size()), found(num_outputs(), nullptr);
    for (size_t i = 0; i < gradients.size(); ++i)
      given[i] = gradients[i].defined() ? reinterpret_cast<CTTensor>(gradients[i].unsafeGetTensorImpl()) : nullptr;
    const int status = function(context, given.data(), found.data());
    TORCH_CHECK(status == 0, message());
    torch::autograd::variable_list out;
    out.reserve(found.size());
    for (auto tensor : found) out.push_back(tensor ? adopted(tensor) : at::Tensor());
    return out;
  }

 private:
  void forget() {
    if (context) release(context);
    context = nullptr;
  }

  CTGradientFunction function;
  void (*release)(void *);
  void *context;
};

/// A node as this LibTorch counts references to nodes: intrusively since 2.12, by shared pointers before.
template <typename Made = CallbackNode>
auto made(CTGradientFunction function, void (*release)(void *), void *context) {
  if constexpr (std::is_base_of_v<c10::intrusive_ptr_target, Made>)
    return c10::make_intrusive<Made>(function, release, context);
  else
    return std::make_shared<Made>(function, release, context);
}

}  // namespace

extern "C" {

void ct_set_error_message(const char *text) { message() = text; }

uint32_t ct_tensor_version(CTTensor tensor) {
  return impl(tensor)->is_inference() ? 0 : impl(tensor)->version_counter().current_version();
}

bool ct_gradient_needed(const CTTensor *inputs, size_t count) {
  if (!c10::GradMode::is_enabled()) return false;
  for (size_t i = 0; i < count; ++i)
    if (impl(inputs[i])->requires_grad()) return true;
  return false;
}

int ct_custom_gradient(
    const CTTensor *inputs, size_t input_count, const CTTensor *outputs, size_t output_count,
    CTGradientFunction function, void (*release)(void *), void *context, CTTensor *out) {
  return guarded([&] {
    auto node = made(function, release, context);
    torch::autograd::variable_list sources, results;
    for (size_t i = 0; i < input_count; ++i) sources.push_back(borrowed(inputs[i]));
    node->set_next_edges(torch::autograd::collect_next_edges(sources));
    for (size_t i = 0; i < output_count; ++i) {
      // The history goes on an alias: what the function saves stays outside the graph, and no cycle keeps it alive.
      results.push_back(borrowed(outputs[i]).detach());
      torch::autograd::set_history(results.back(), node);
    }
    for (size_t i = 0; i < output_count; ++i) out[i] = handed_over(std::move(results[i]));
  });
}
}
