// What a tensor is made of, and tensors over memory that LibTorch does not own.
#include "Support.h"

#include <ATen/ops/from_blob.h>

using namespace affect;

extern "C" {

CTTensor ct_tensor_retain(CTTensor tensor) { return handed_over(borrowed(tensor)); }

void ct_tensor_release(CTTensor tensor) {
  c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(impl(tensor));
}

int64_t ct_tensor_dimensions(CTTensor tensor) { return impl(tensor)->dim(); }

int64_t ct_tensor_size(CTTensor tensor, int64_t dimension) { return impl(tensor)->sizes()[dimension]; }

int64_t ct_tensor_count(CTTensor tensor) { return impl(tensor)->numel(); }

int8_t ct_tensor_dtype(CTTensor tensor) {
  return static_cast<int8_t>(c10::typeMetaToScalarType(impl(tensor)->dtype()));
}

int8_t ct_tensor_device_type(CTTensor tensor) { return static_cast<int8_t>(impl(tensor)->device().type()); }

int8_t ct_tensor_device_index(CTTensor tensor) { return static_cast<int8_t>(impl(tensor)->device().index()); }

bool ct_tensor_is_contiguous(CTTensor tensor) { return impl(tensor)->is_contiguous(); }

bool ct_tensor_is_same(CTTensor a, CTTensor b) { return impl(a) == impl(b); }

int ct_tensor_data(CTTensor tensor, void **out) {
  return guarded([&] {
    TORCH_CHECK(impl(tensor)->device().is_cpu(), "the tensor is on ", impl(tensor)->device(), ", not in CPU memory");
    *out = impl(tensor)->mutable_data();
  });
}

int ct_tensor_from_memory(
    const void *memory, const int64_t *sizes, size_t dimensions, CTDType dtype, void (*release)(void *), void *context,
    CTTensor *out) {
  return guarded([&] {
    auto options = at::TensorOptions().dtype(static_cast<c10::ScalarType>(dtype));
    *out = handed_over(at::from_blob(
        const_cast<void *>(memory), c10::IntArrayRef(sizes, dimensions),
        [release, context](void *) { release(context); }, options));
  });
}
}
