// Signs of life between the ranks of a group, so that a rank that fails can be named and none waits for a dead one.
#include "Group.h"

#include <algorithm>
#include <vector>

namespace affect {

namespace {

constexpr auto tick = std::chrono::seconds(1);
/// Ticks in which a rank that lives gives a sign for certain, even on a busy machine.
constexpr int patience = 3;
/// Ticks that the ranks have to end by themselves once one has failed.
constexpr int64_t grace = 10;

std::string beat(int rank) { return "beat/" + std::to_string(rank); }
std::string departure(int rank) { return "left/" + std::to_string(rank); }
constexpr const char *fault_key = "fault";

}  // namespace

Pulse::Pulse(const Meeting &meeting, int64_t silence, std::function<void(std::string)> lost)
    : meeting_(meeting), silence_(silence), lost_(std::move(lost)), store_(open_store(meeting, false)) {
  store_->add(beat(meeting_.rank), 1);
  thread_ = std::thread([this] { run(); });
  guard_ = std::thread([this] { guard(); });
}

Pulse::~Pulse() {
  {
    std::lock_guard<std::mutex> lock(ending_mutex_);
    ends_ = true;
  }
  ending_.notify_all();
  guard_.join();
  thread_.join();
  try {
    store_->set(departure(meeting_.rank), "1");
  } catch (const std::exception &) {
    // Whoever kept the store has left already, and nobody is left to read it.
  }
}

void Pulse::fault(const std::string &reason) {
  try {
    store_->compareSet(fault_key, "", reason);
    // The store may end with this process: the others read the reason within a tick.
    if (meeting_.rank == 0 && !meeting_.launcher_keeps_store) std::this_thread::sleep_for(tick + tick / 2);
  } catch (const std::exception &) {
    // The store is gone with the rank that kept it; that is then what the others report.
  }
}

std::string Pulse::reason() {
  std::lock_guard<std::mutex> lock(reason_mutex_);
  if (known_.empty() && store_->check({fault_key})) known_ = store_->get_to_str(fault_key);
  return known_;
}

std::string Pulse::store_lost() {
  std::lock_guard<std::mutex> lock(reason_mutex_);
  if (!known_.empty()) return known_;
  return meeting_.launcher_keeps_store ? "the launcher no longer answers; it has ended or can't be reached"
                                       : "rank 0 no longer answers; its process has ended or can't be reached";
}

std::string Pulse::blame() {
  const auto answered = answered_.load();
  std::this_thread::sleep_for(tick * patience / 2);
  if (answered_ == answered) return store_lost();
  try {
    std::vector<int64_t> beats(meeting_.ranks);
    for (int rank = 0; rank < meeting_.ranks; ++rank) beats[rank] = store_->add(beat(rank), 0);
    for (int ticks = 0; ticks < patience; ++ticks) {
      if (auto known = reason(); !known.empty()) return known;
      std::this_thread::sleep_for(tick);
    }
    std::string names;
    int count = 0;
    for (int rank = 0; rank < meeting_.ranks; ++rank) {
      if (rank == meeting_.rank || store_->add(beat(rank), 0) != beats[rank]) continue;
      names += (count++ ? ", " : "") + std::to_string(rank);
    }
    if (auto known = reason(); !known.empty()) return known;
    if (count == 0) return "";
    auto found = count == 1 ? "rank " + names + " no longer answers; its process has ended or can't be reached"
                            : "ranks " + names + " no longer answer; their processes have ended or can't be reached";
    fault(found);
    return found;
  } catch (const std::exception &) {
    return store_lost();
  }
}

void Pulse::tell(const std::string &reason) {
  if (lost_ && !told_.exchange(true)) lost_(reason);
}

void Pulse::run() {
  int64_t last = -1, silent = 0, after_fault = 0;
  while (!sleep()) {
    const bool goes_on = observe(last, silent, after_fault);
    ++answered_;
    if (!goes_on) return;
  }
}

/// Sees to it that the other thread does not wait for the store for ever.
void Pulse::guard() {
  int64_t last = -1, silent = 0;
  while (!sleep()) {
    const int64_t now = answered_;
    silent = now != last ? 0 : silent + 1;
    last = now;
    if (silent < silence_) continue;
    tell(store_lost());
    return;
  }
}

/// A tick; true when the group ends in it.
bool Pulse::sleep() {
  std::unique_lock<std::mutex> lock(ending_mutex_);
  return ending_.wait_for(lock, tick, [this] { return ends_; });
}

/// One tick: gives a sign, looks for one of the next rank, so that each rank is watched by one other. False ends the watch.
bool Pulse::observe(int64_t &last, int64_t &silent, int64_t &after_fault) {
  std::string found;
  try {
    store_->add(beat(meeting_.rank), 1);
    const int next = (meeting_.rank + 1) % meeting_.ranks;
    const int64_t now = store_->add(beat(next), 0);
    // Counted in this process's own ticks: a job that is suspended as a whole and woken up again has lost nobody.
    silent = now != last || store_->check({departure(next)}) ? 0 : silent + 1;
    last = now;
    if (silent >= silence_) {
      found = "rank " + std::to_string(next) + " has given no sign of life for " + std::to_string(silence_) +
              " seconds; its process hangs, has ended or can't be reached";
      fault(found);
    } else {
      found = reason();
      if (found.empty()) return true;
      // The ranks' own errors come first, and say more.
      if (++after_fault < grace) return true;
    }
  } catch (const std::exception &) {
    if (++after_fault < grace) return true;
    found = store_lost();
  }
  tell(found);
  return false;
}

}  // namespace affect
