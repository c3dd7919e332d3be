// The plain C face of LibTorch: everything that Swift knows of it.
//
// Status. Every function that can fail returns a `CTStatus`, 0 when it succeeded. Otherwise its outputs are untouched
// and `ct_error_message` says why, until the same thread makes its next call.
//
// Ownership. A `CTTensor` or `CTGenerator` that a function writes to an output or returns is one reference that the
// caller owns and gives back with the matching `_release`; a `CTGroup` or `CTReducer` is the caller's alone, and a
// group outlives its reducers. Arguments are borrowed: the callee takes its own reference
// if it keeps one. Operators are looked up once, live for ever, and are never released. Memory handed over with
// `ct_tensor_from_memory` belongs to the tensor until its release function has been called, on any thread.
//
// Threads. Functions may be called from any thread. One tensor must not be written from two threads at once; gradient
// mode and autocast are properties of the calling thread.
#ifndef AFFECT_CTORCH_H
#define AFFECT_CTORCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CTTensorOpaque *CTTensor;
typedef struct CTGeneratorOpaque *CTGenerator;
typedef const struct CTOperatorOpaque *CTOperator;
typedef struct CTGroupOpaque *CTGroup;
typedef struct CTReducerOpaque *CTReducer;

typedef enum CTStatus : int32_t { CTStatusSuccess = 0, CTStatusFailure = 1, CTStatusOutOfMemory = 2 } CTStatus;

/// Why the last failed call of this thread failed: one or more lines without a C++ backtrace.
const char *_Nonnull ct_error_message(void);

// --- Operators --------------------------------------------------------------------------------------------------

typedef enum CTTag : int32_t {
  CTTagDefault = 0,  ///< the schema's default value
  CTTagNone,
  CTTagTensor,           ///< pointer: a CTTensor
  CTTagInt,              ///< integer; also a Scalar, a ScalarType, a Layout, a MemoryFormat
  CTTagDouble,           ///< real; also a Scalar
  CTTagBool,             ///< integer: 0 or 1; also a Scalar
  CTTagString,           ///< pointer: `count` bytes of UTF-8
  CTTagDevice,           ///< integer: the device type; count: its index, -1 for the current one
  CTTagGenerator,        ///< pointer: a CTGenerator
  CTTagInts,             ///< pointer: `count` int64_t
  CTTagDoubles,          ///< pointer: `count` doubles
  CTTagBools,            ///< pointer: `count` int64_t, each 0 or 1
  CTTagTensors,          ///< pointer: `count` CTTensor
  CTTagOptionalTensors,  ///< pointer: `count` CTTensor or null
} CTTag;

/// An argument or result of an operator. A result of tag CTTagTensors holds a `malloc`ed array that the caller frees,
/// of tensors that it owns.
typedef struct CTValue {
  CTTag tag;
  int32_t count;
  union {
    int64_t integer;
    double real;
    const void *_Nullable pointer;
  };
} CTValue;

/// Finds an operator by its schema name, such as `aten::add` with the overload `Tensor`.
int ct_operator_find(const char *_Nonnull name, const char *_Nonnull overload, CTOperator _Nullable *_Nonnull out);

/// Calls an operator. Arguments stand in the order of its schema; those left out at the end take their defaults.
/// `results` has room for `capacity` values, `count` becomes the number of values returned.
int ct_operator_call(
    CTOperator _Nonnull op, const CTValue *_Nullable arguments, size_t argument_count, CTValue *_Nonnull results,
    size_t capacity, size_t *_Nonnull count);

// --- Tensors ----------------------------------------------------------------------------------------------------

/// The values of c10::ScalarType that Affect uses.
typedef enum CTDType : int8_t {
  CTDTypeUInt8 = 0,
  CTDTypeInt8 = 1,
  CTDTypeInt16 = 2,
  CTDTypeInt32 = 3,
  CTDTypeInt64 = 4,
  CTDTypeFloat16 = 5,
  CTDTypeFloat32 = 6,
  CTDTypeFloat64 = 7,
  CTDTypeComplex64 = 9,
  CTDTypeComplex128 = 10,
  CTDTypeBool = 11,
  CTDTypeBFloat16 = 15,
} CTDType;

/// The values of c10::DeviceType that Affect uses.
typedef enum CTDeviceType : int8_t { CTDeviceCPU = 0, CTDeviceCUDA = 1, CTDeviceMPS = 13 } CTDeviceType;

/// One more reference to the same tensor, which the caller owns.
CTTensor _Nonnull ct_tensor_retain(CTTensor _Nonnull tensor);
void ct_tensor_release(CTTensor _Nonnull tensor);
int64_t ct_tensor_dimensions(CTTensor _Nonnull tensor);
int64_t ct_tensor_size(CTTensor _Nonnull tensor, int64_t dimension);
int64_t ct_tensor_count(CTTensor _Nonnull tensor);
int8_t ct_tensor_dtype(CTTensor _Nonnull tensor);
int8_t ct_tensor_device_type(CTTensor _Nonnull tensor);
int8_t ct_tensor_device_index(CTTensor _Nonnull tensor);
bool ct_tensor_is_contiguous(CTTensor _Nonnull tensor);
/// Whether both tensors are one object of LibTorch.
bool ct_tensor_is_same(CTTensor _Nonnull a, CTTensor _Nonnull b);
/// The address of the first element; fails for a tensor that is not in the CPU's memory.
int ct_tensor_data(CTTensor _Nonnull tensor, void *_Nullable *_Nonnull out);

/// A CPU tensor over memory that stays where it is. When the last reference goes, `release(context)` is called.
int ct_tensor_from_memory(
    const void *_Nonnull memory, const int64_t *_Nonnull sizes, size_t dimensions, CTDType dtype,
    void (*_Nonnull release)(void *_Nullable), void *_Nullable context, CTTensor _Nullable *_Nonnull out);

// --- Autograd ---------------------------------------------------------------------------------------------------

bool ct_tensor_requires_gradient(CTTensor _Nonnull tensor);
int ct_tensor_set_requires_gradient(CTTensor _Nonnull tensor, bool value);
/// The accumulated gradient, or null when there is none.
CTTensor _Nullable ct_tensor_gradient(CTTensor _Nonnull tensor);
/// Replaces the gradient; null removes it.
int ct_tensor_set_gradient(CTTensor _Nonnull tensor, CTTensor _Nullable gradient);
/// Accumulates the gradients of `root` (of any shape if `seed` is given, else one element) in the leaves.
int ct_backward(CTTensor _Nonnull root, CTTensor _Nullable seed, bool keep_graph);
/// The gradients of `outputs` with respect to `inputs`; null where an input does not matter and `allow_unused`.
int ct_gradients(
    const CTTensor _Nonnull *_Nonnull outputs, size_t output_count, const CTTensor _Nonnull *_Nonnull inputs,
    size_t input_count, const CTTensor _Nullable *_Nullable seeds, bool keep_graph, bool create_graph,
    bool allow_unused, CTTensor _Nullable *_Nonnull out);
bool ct_gradient_mode(void);
void ct_set_gradient_mode(bool enabled);

/// Autocast of the calling thread for one device type: whether it is on, and the dtype that operators run in.
bool ct_autocast_enabled(CTDeviceType device);
CTDType ct_autocast_dtype(CTDeviceType device);
int ct_set_autocast(CTDeviceType device, bool enabled, CTDType dtype);

// --- Gradients of one's own -------------------------------------------------------------------------------------

/// Computes the gradients of a function's inputs from those of its outputs. `gradients` are borrowed, null where an
/// output plays no part; `out` has room for one reference per input, handed over, null for an input without gradient.
/// Returns 0, or another value after `ct_set_error_message`. Called on the thread that walks the graph.
typedef int (*CTGradientFunction)(
    void *_Nonnull context, const CTTensor _Nullable *_Nonnull gradients, CTTensor _Nullable *_Nonnull out);

/// What a callback says of its own failure.
void ct_set_error_message(const char *_Nonnull text);
/// How often the elements have been changed in place.
uint32_t ct_tensor_version(CTTensor _Nonnull tensor);
/// Whether this thread records a graph and one of the tensors is part of it.
bool ct_gradient_needed(const CTTensor _Nonnull *_Nonnull inputs, size_t count);
/// Puts a function in the graph: `out` becomes aliases of `outputs`, which were computed without a graph, whose gradient
/// with respect to `inputs` is what `function` says. `release(context)` is called once the graph no longer needs it, and
/// also when this call fails.
int ct_custom_gradient(
    const CTTensor _Nonnull *_Nonnull inputs, size_t input_count, const CTTensor _Nonnull *_Nonnull outputs,
    size_t output_count, CTGradientFunction _Nonnull function, void (*_Nonnull release)(void *_Nullable),
    void *_Nonnull context, CTTensor _Nullable *_Nonnull out);

// --- Random numbers ---------------------------------------------------------------------------------------------

int ct_generator_create(CTDeviceType device, int8_t index, uint64_t seed, CTGenerator _Nullable *_Nonnull out);
void ct_generator_release(CTGenerator _Nonnull generator);
/// The whole state as a tensor of bytes, and back.
int ct_generator_state(CTGenerator _Nonnull generator, CTTensor _Nullable *_Nonnull out);
int ct_generator_set_state(CTGenerator _Nonnull generator, CTTensor _Nonnull state);

// --- Groups of processes ----------------------------------------------------------------------------------------

/// Where and as whom a process joins a group.
typedef struct CTMeeting {
  const char *_Nonnull host;  ///< of the store in which ranks find one another
  uint16_t port;
  bool keeps_store;           ///< whether this process keeps the store
  bool launcher_keeps_store;  ///< whether what started the ranks keeps it, so that rank 0's end does not end it
  const char *_Nonnull prefix;  ///< of the group's keys in the store
  int32_t rank;
  int32_t ranks;
  CTDeviceType device;  ///< CUDA adds NCCL for tensors there to Gloo for those in CPU memory
  double timeout_seconds;  ///< of joining and of each collective
  double silence_seconds;  ///< without a sign of life after which a rank counts as lost
} CTMeeting;

/// Waits until all ranks have joined. `lost(context, reason)` is called once, on a thread of the group's, when a rank is
/// lost or has failed and this one does not end by itself within ten seconds.
int ct_group_join(
    const CTMeeting *_Nonnull meeting, void (*_Nullable lost)(void *_Nullable, const char *_Nonnull),
    void *_Nullable context, CTGroup _Nullable *_Nonnull out);
void ct_group_leave(CTGroup _Nonnull group);
/// Makes known to the others why this rank is about to end.
void ct_group_fault(CTGroup _Nonnull group, const char *_Nonnull reason);

typedef enum CTReduction : int32_t { CTReductionSum = 0, CTReductionMin, CTReductionMax } CTReduction;

// Collectives: every rank calls the same ones in the same order, with tensors of the same shape and dtype. The message of
// a failed one says which rank is to blame.

/// Replaces the tensor by the reduction over all ranks.
int ct_group_all_reduce(CTGroup _Nonnull group, CTTensor _Nonnull tensor, CTReduction reduction);
/// Replaces the tensor by that of rank `root`.
int ct_group_broadcast(CTGroup _Nonnull group, CTTensor _Nonnull tensor, int32_t root);
/// The tensors of all ranks, in `out` with room for as many.
int ct_group_all_gather(CTGroup _Nonnull group, CTTensor _Nonnull tensor, CTTensor _Nullable *_Nonnull out);
int ct_group_barrier(CTGroup _Nonnull group, double timeout_seconds);

/// Sums the gradients of parameters over all ranks from now on: buckets leave while backward computes.
int ct_reducer_create(
    CTGroup _Nonnull group, const CTTensor _Nonnull *_Nonnull parameters, size_t count, int64_t first_bucket_bytes,
    int64_t bucket_bytes, CTReducer _Nullable *_Nonnull out);
void ct_reducer_release(CTReducer _Nonnull reducer);
/// Puts the sums in the place of the gradients, after this rank's backward or without one. A parameter without a gradient
/// on any rank keeps none. `early` becomes the number of buckets that left before the call.
int ct_reducer_finish(CTReducer _Nonnull reducer, int64_t *_Nonnull early);

// --- The process ------------------------------------------------------------------------------------------------

/// LibTorch's version, such as 2.13.0.
const char *_Nonnull ct_version(void);
bool ct_has_device(CTDeviceType device);
/// How many bytes of freed CPU tensors may be kept for the next ones; 0, the start, keeps none.
int ct_set_kept_memory_limit(uint64_t bytes);
uint64_t ct_kept_memory_limit(void);
/// How many bytes are kept now.
uint64_t ct_kept_memory(void);
/// Gives what the C library holds of freed memory back to the system, as far as it can.
void ct_return_freed_memory(void);
/// Lets threads share so many heaps of the C library; false where it has no such limit.
bool ct_limit_heaps(int32_t count);
/// What LibTorch's allocator holds of a GPU's memory: bytes in tensors now, and the most since the last reset.
int ct_device_memory(CTDeviceType device, int8_t index, int64_t *_Nonnull now, int64_t *_Nonnull peak);
int ct_reset_device_memory_peak(CTDeviceType device, int8_t index);
int32_t ct_thread_count(void);
int ct_set_thread_count(int32_t count);
/// Whether operators without a deterministic implementation refuse to run.
bool ct_deterministic(void);
int ct_set_deterministic(bool enabled);
/// Whether the processor multiplies bfloat16 matrices in hardware.
bool ct_cpu_has_bfloat16(void);

#ifdef __cplusplus
}
#endif

#endif
