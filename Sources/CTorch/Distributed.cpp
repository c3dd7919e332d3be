// Groups of processes: joining, collectives, and what happens when a rank is lost.
#include "Group.h"

#include <torch/csrc/distributed/c10d/Types.hpp>

#include <c10/core/DeviceGuard.h>

#include <algorithm>

using namespace affect;

namespace affect {

c10d::Backend &Group::backend(const at::Tensor &tensor) const {
  if (tensor.device().is_cpu()) return *gloo;
  TORCH_CHECK(
      nccl && tensor.device().is_cuda(), "the group was joined for tensors on ", nccl ? "CPU and CUDA" : "CPU",
      ", and this one is on ", tensor.device());
  return *nccl;
}

void Group::attempt(const char *what, const std::function<void()> &body) const {
  std::string reason;
  try {
    body();
    return;
  } catch (const c10::Error &error) {
    reason = error.what_without_backtrace();
  } catch (const std::exception &error) {
    reason = error.what();
  }
  reason = reason.substr(0, reason.find('\n'));
  const auto culprit = pulse ? pulse->blame() : std::string();
  if (!culprit.empty()) throw std::runtime_error(culprit + " (noticed by rank " + std::to_string(meeting.rank) + " in " + what + ": " + reason + ")");
  throw std::runtime_error("rank " + std::to_string(meeting.rank) + " failed in " + what + " while all ranks live: " + reason);
}

void Group::wait(const c10::intrusive_ptr<c10d::Work> &work, const char *what) const {
  attempt(what, [&] { work->wait(); });
}

}  // namespace affect

namespace {

Group &from(CTGroup group) { return *reinterpret_cast<Group *>(group); }

Milliseconds milliseconds(double seconds) {
  return Milliseconds(static_cast<int64_t>(std::clamp(seconds, 0.001, 1e9) * 1000));
}

}  // namespace

extern "C" {

int ct_group_join(
    const CTMeeting *meeting, void (*lost)(void *, const char *), void *context, CTGroup *out) {
  return guarded([&] {
    auto group = std::make_unique<Group>();
    group->meeting = Meeting{
        meeting->host,        meeting->port,   meeting->keeps_store,          meeting->launcher_keeps_store,
        meeting->prefix,      meeting->rank,   meeting->ranks,                milliseconds(meeting->timeout_seconds)};
    group->store = open_store(group->meeting, meeting->keeps_store);
    group->gloo = make_gloo(group->meeting, group->store);
    if (meeting->device == CTDeviceCUDA) group->nccl = make_nccl(group->meeting, group->store);
    std::function<void(std::string)> callback;
    if (lost) callback = [lost, context](std::string reason) { lost(context, reason.c_str()); };
    group->pulse = std::make_unique<Pulse>(
        group->meeting, std::max<int64_t>(2, static_cast<int64_t>(meeting->silence_seconds)), std::move(callback));
    *out = reinterpret_cast<CTGroup>(group.release());
  });
}

void ct_group_leave(CTGroup group) { delete &from(group); }

void ct_group_fault(CTGroup group, const char *reason) {
  auto &self = from(group);
  self.pulse->fault("rank " + std::to_string(self.meeting.rank) + " failed: " + reason);
}

int ct_group_all_reduce(CTGroup group, CTTensor tensor, CTReduction reduction) {
  return guarded([&] {
    auto &self = from(group);
    std::vector<at::Tensor> tensors{borrowed(tensor)};
    c10d::AllreduceOptions options;
    options.reduceOp = reduction == CTReductionSum   ? c10d::ReduceOp::SUM
                       : reduction == CTReductionMin ? c10d::ReduceOp::MIN
                                                     : c10d::ReduceOp::MAX;
    self.attempt("an all-reduce", [&] { self.backend(tensors[0]).allreduce(tensors, options)->wait(); });
  });
}

int ct_group_broadcast(CTGroup group, CTTensor tensor, int32_t root) {
  return guarded([&] {
    auto &self = from(group);
    std::vector<at::Tensor> tensors{borrowed(tensor)};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    self.attempt("a broadcast", [&] { self.backend(tensors[0]).broadcast(tensors, options)->wait(); });
  });
}

int ct_group_all_gather(CTGroup group, CTTensor tensor, CTTensor *out) {
  return guarded([&] {
    auto &self = from(group);
    std::vector<at::Tensor> inputs{borrowed(tensor)};
    std::vector<std::vector<at::Tensor>> outputs(1);
    for (int rank = 0; rank < self.meeting.ranks; ++rank) outputs[0].push_back(at::empty_like(inputs[0]));
    self.attempt("an all-gather", [&] { self.backend(inputs[0]).allgather(outputs, inputs)->wait(); });
    for (int rank = 0; rank < self.meeting.ranks; ++rank) out[rank] = handed_over(std::move(outputs[0][rank]));
  });
}

int ct_group_barrier(CTGroup group, double timeout_seconds) {
  return guarded([&] {
    auto &self = from(group);
    c10d::BarrierOptions options;
    options.timeout = milliseconds(timeout_seconds);
    // Gloo alone: its barrier sees a rank's end, however long the wait.
    self.attempt("a barrier", [&] { self.gloo->barrier(options)->wait(); });
  });
}
}
