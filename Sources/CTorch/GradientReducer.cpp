// Gradients summed over the ranks of a group, in buckets that travel while backward still computes.
//
// This is what c10d::Reducer does for PyTorch, except that a rank without clips takes part without a backward of its own,
// and that a parameter without a gradient on any rank keeps none, so that an optimiser leaves it alone on many ranks as
// it does on one.
#include "Group.h"

#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <memory>
#include <vector>

using namespace affect;

namespace {

using Node = decltype(torch::autograd::impl::grad_accumulator(std::declval<at::Tensor>()));

struct Hook : torch::autograd::FunctionPostHook {
  explicit Hook(std::function<void()> arrived) : arrived(std::move(arrived)) {}
  torch::autograd::variable_list operator()(
      const torch::autograd::variable_list &outputs, const torch::autograd::variable_list &) override {
    arrived();
    return outputs;
  }
  std::function<void()> arrived;
};

struct Member {
  at::Tensor parameter;
  /// The parameter's share of the bucket's memory, laid out as the parameter is.
  at::Tensor view;
  size_t bucket;
  /// Keeps the accumulator, and with it the hook, alive.
  Node accumulator;
  uintptr_t hook;
  bool arrived = false;
};

struct Bucket {
  std::vector<size_t> members;
  /// All gradients, and behind them one number for each member: how many ranks have a gradient of it.
  at::Tensor memory;
  size_t pending = 0;
  c10::intrusive_ptr<c10d::Work> work;
};

at::Tensor laid_out_like(const at::Tensor &parameter, const at::Tensor &memory, int64_t offset) {
  if (parameter.is_non_overlapping_and_dense())
    return memory.as_strided(parameter.sizes(), parameter.strides(), offset);
  return memory.narrow(0, offset, parameter.numel()).view(parameter.sizes());
}

class Reducer {
 public:
  Reducer(const Group &group, std::vector<at::Tensor> parameters, int64_t first_bytes, int64_t bytes)
      : group_(group) {
    // Backward goes from the last layers to the first. The first bucket is small, so that it leaves soon.
    int64_t room = 0;
    for (auto it = parameters.rbegin(); it != parameters.rend(); ++it) {
      const int64_t size = it->numel() * it->element_size();
      const bool alike = !buckets_.empty() && it->dtype() == last().dtype() && it->device() == last().device();
      if (!alike || room < size) {
        buckets_.emplace_back();
        room = buckets_.size() == 1 ? first_bytes : bytes;
      }
      room -= size;
      buckets_.back().members.push_back(members_.size());
      members_.push_back(Member{*it, at::Tensor(), buckets_.size() - 1, Node(), 0});
    }
    for (auto &bucket : buckets_) allocate(bucket);
    for (size_t i = 0; i < members_.size(); ++i) {
      members_[i].accumulator = torch::autograd::impl::grad_accumulator(members_[i].parameter);
      TORCH_CHECK(members_[i].accumulator, "a tensor that requires no gradient can't be reduced over ranks");
      members_[i].hook = members_[i].accumulator->add_post_hook(std::make_unique<Hook>([this, i] { arrived(i); }));
    }
  }

  ~Reducer() {
    for (auto &member : members_) member.accumulator->del_post_hook(member.hook);
  }

  /// Sends what has not left yet, waits for all buckets, and puts the sums in the gradients' place.
  int64_t finish() {
    c10::NoGradGuard guard;
    const auto early = next_;
    while (next_ < buckets_.size()) launch();
    for (auto &bucket : buckets_) {
      group_.wait(bucket.work, "summing gradients");
      bucket.work.reset();
      settle(bucket);
    }
    next_ = 0;
    return static_cast<int64_t>(early);
  }

 private:
  const at::Tensor &last() const { return members_.back().parameter; }

  void allocate(Bucket &bucket) {
    int64_t count = 0;
    for (auto i : bucket.members) count += members_[i].parameter.numel();
    const auto &first = members_[bucket.members.front()].parameter;
    bucket.memory = at::empty(
        {count + static_cast<int64_t>(bucket.members.size())}, first.options().requires_grad(false));
    bucket.pending = bucket.members.size();
    int64_t offset = 0;
    for (auto i : bucket.members) {
      members_[i].view = laid_out_like(members_[i].parameter, bucket.memory, offset);
      offset += members_[i].parameter.numel();
    }
  }

  void arrived(size_t i) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto &member = members_[i];
    TORCH_CHECK(
        !member.arrived, "a second backward began before the sums of the first were fetched; fetch them after each");
    member.arrived = true;
    --buckets_[member.bucket].pending;
    // In the same order on all ranks, whatever order backward takes here.
    while (next_ < buckets_.size() && buckets_[next_].pending == 0) launch();
  }

  void launch() {
    c10::NoGradGuard guard;
    auto &bucket = buckets_[next_++];
    auto flags = bucket.memory.narrow(0, bucket.memory.numel() - bucket.members.size(), bucket.members.size());
    flags.fill_(1);
    for (size_t k = 0; k < bucket.members.size(); ++k) {
      auto &member = members_[bucket.members[k]];
      if (const auto &gradient = member.parameter.grad(); gradient.defined()) {
        member.view.copy_(gradient);
      } else {
        member.view.zero_();
        flags.select(0, k).zero_();
      }
    }
    std::vector<at::Tensor> tensors{bucket.memory};
    group_.attempt("summing gradients", [&] { bucket.work = group_.backend(bucket.memory).allreduce(tensors); });
  }

  void settle(Bucket &bucket) {
    at::Tensor flags;
    for (size_t k = 0; k < bucket.members.size(); ++k) {
      auto &member = members_[bucket.members[k]];
      auto &gradient = member.parameter.mutable_grad();
      if (!gradient.defined()) {
        // Looked at only where it matters: a device must finish all its work first.
        if (!flags.defined())
          flags = bucket.memory.narrow(0, bucket.memory.numel() - bucket.members.size(), bucket.members.size())
                      .to(at::kCPU, at::kFloat);
        if (static_cast<const float *>(flags.const_data_ptr())[k] > 0) gradient = member.view.clone();
      } else {
        gradient.copy_(member.view);
      }
      member.arrived = false;
    }
    bucket.pending = bucket.members.size();
  }

  const Group &group_;
  std::vector<Member> members_;
  std::vector<Bucket> buckets_;
  /// The next bucket to leave.
  size_t next_ = 0;
  /// Hooks run on the threads of autograd.
  std::mutex mutex_;
};

Reducer &from(CTReducer reducer) { return *reinterpret_cast<Reducer *>(reducer); }

}  // namespace

extern "C" {

int ct_reducer_create(
    CTGroup group, const CTTensor *parameters, size_t count, int64_t first_bucket_bytes, int64_t bucket_bytes,
    CTReducer *out) {
  return guarded([&] {
    std::vector<at::Tensor> tensors;
    for (size_t i = 0; i < count; ++i) tensors.push_back(borrowed(parameters[i]));
    *out = reinterpret_cast<CTReducer>(
        new Reducer(*reinterpret_cast<Group *>(group), std::move(tensors), first_bucket_bytes, bucket_bytes));
  });
}

void ct_reducer_release(CTReducer reducer) { delete &from(reducer); }

int ct_reducer_finish(CTReducer reducer, int64_t *early) {
  return guarded([&] { *early = from(reducer).finish(); });
}
}
