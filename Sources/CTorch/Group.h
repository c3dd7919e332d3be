// A group of processes as the C++ files share it.
#pragma once

#include "Support.h"

#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace affect {

using Milliseconds = std::chrono::milliseconds;

/// How a group is joined.
struct Meeting {
  std::string host;
  uint16_t port;
  /// Whether this process keeps the store in which the ranks find one another.
  bool keeps_store;
  /// Whether a launcher keeps it, so that it outlives rank 0.
  bool launcher_keeps_store;
  std::string prefix;
  int rank;
  int ranks;
  Milliseconds timeout;
};

/// Gives a sign of life each second, and watches another rank: one that gives none for `silence` seconds is lost.
class Pulse {
 public:
  Pulse(const Meeting &meeting, int64_t silence, std::function<void(std::string)> lost);
  ~Pulse();

  /// Makes known why this rank ends, unless another's reason is known already.
  void fault(const std::string &reason);
  /// Finds out which rank is to blame that a collective failed here; takes some seconds.
  std::string blame();

 private:
  void run();
  void guard();
  void tell(const std::string &reason);
  bool sleep();
  bool observe(int64_t &last, int64_t &silent, int64_t &after_fault);
  std::string reason();
  std::string store_lost();

  const Meeting meeting_;
  const int64_t silence_;
  const std::function<void(std::string)> lost_;
  /// A connection of its own, since another thread may be waiting on the group's.
  c10::intrusive_ptr<c10d::Store> store_;
  std::mutex ending_mutex_;
  std::condition_variable ending_;
  bool ends_ = false;
  std::mutex reason_mutex_;
  /// The reason as last seen, since the store may end with the rank that failed.
  std::string known_;
  /// Ticks that the store has answered: it may be silent for ever where its machine is gone without a word.
  std::atomic<int64_t> answered_{0};
  std::atomic<bool> told_{false};
  std::thread thread_;
  std::thread guard_;
};

/// Processes that compute together.
struct Group {
  Meeting meeting;
  // In this order: the watch goes on while the backends end their work, and the store outlives both.
  c10::intrusive_ptr<c10d::Store> store;
  std::unique_ptr<Pulse> pulse;
  /// For tensors in the CPU's memory.
  c10::intrusive_ptr<c10d::Backend> gloo;
  /// For tensors on CUDA devices; null without them.
  c10::intrusive_ptr<c10d::Backend> nccl;

  c10d::Backend &backend(const at::Tensor &tensor) const;
  /// Waits; a failure is rethrown with the name of the rank that is to blame.
  void wait(const c10::intrusive_ptr<c10d::Work> &work, const char *what) const;
  /// Runs what may fail at once, in the same way.
  void attempt(const char *what, const std::function<void()> &body) const;
};

c10::intrusive_ptr<c10d::Store> open_store(const Meeting &meeting, bool keeps);
c10::intrusive_ptr<c10d::Backend> make_gloo(const Meeting &meeting, c10::intrusive_ptr<c10d::Store> store);
c10::intrusive_ptr<c10d::Backend> make_nccl(const Meeting &meeting, c10::intrusive_ptr<c10d::Store> store);

}  // namespace affect
