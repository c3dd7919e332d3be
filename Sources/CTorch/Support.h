// What the C++ files share: conversions between handles and LibTorch's types, and the guard that turns exceptions into
// a status and a message.
#pragma once

#include "CTorch.h"

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <exception>
#include <string>

namespace affect {

inline std::string &message() {
  static thread_local std::string text;
  return text;
}

template <typename Body>
int guarded(Body &&body) {
  try {
    body();
    return 0;
  } catch (const c10::Error &error) {
    message() = error.what_without_backtrace();
  } catch (const std::exception &error) {
    message() = error.what();
  } catch (...) {
    message() = "an exception of unknown type";
  }
  return 1;
}

inline c10::TensorImpl *impl(CTTensor tensor) { return reinterpret_cast<c10::TensorImpl *>(tensor); }

/// A new reference to a borrowed tensor.
inline at::Tensor borrowed(CTTensor tensor) {
  return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim_copy(impl(tensor)));
}

/// Takes over a reference.
inline at::Tensor adopted(CTTensor tensor) {
  return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(impl(tensor)));
}

/// Hands a reference over to the caller; null for an undefined tensor.
inline CTTensor handed_over(at::Tensor tensor) {
  return tensor.defined() ? reinterpret_cast<CTTensor>(tensor.unsafeReleaseTensorImpl()) : nullptr;
}

inline at::Generator borrowed(CTGenerator generator) {
  return at::Generator(
      c10::intrusive_ptr<c10::GeneratorImpl>::reclaim_copy(reinterpret_cast<c10::GeneratorImpl *>(generator)));
}

}  // namespace affect
