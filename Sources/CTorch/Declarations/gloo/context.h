// Declarations that c10d's ProcessGroupGloo.hpp needs and that no LibTorch package brings along: Gloo's library is inside
// LibTorch, its headers are not. They are never more than names here: nothing of Gloo is made, called or laid out by
// Affect, which sees only c10d's own classes, and these hold Gloo's by pointer.
#pragma once

#include <chrono>

namespace gloo {

class Context {
 public:
  virtual ~Context();
  void setTimeout(std::chrono::milliseconds timeout);
};

}  // namespace gloo
