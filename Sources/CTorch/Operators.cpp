// Operators by schema name, called boxed through the dispatcher.
#include "Support.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/jit_type.h>
#include <ATen/core/stack.h>

#include <cstdlib>
#include <vector>

using namespace affect;

namespace {

/// How an argument of the schema wants values that C gives in one form only.
enum class Wish { AsIs, Double, OptionalTensors, Doubles, OptionalScalars };

struct Operator {
  explicit Operator(c10::OperatorHandle found) : handle(std::move(found)) {
    for (const auto &argument : handle.schema().arguments()) {
      defaults.push_back(argument.default_value());
      wishes.push_back(wish(argument.type()));
    }
  }

  static Wish wish(c10::TypePtr type) {
    if (auto optional = type->cast<c10::OptionalType>()) type = optional->getElementType();
    if (type->kind() == c10::TypeKind::FloatType) return Wish::Double;
    if (auto list = type->cast<c10::ListType>()) {
      if (auto element = list->getElementType()->cast<c10::OptionalType>())
        return element->getElementType()->kind() == c10::TypeKind::NumberType ? Wish::OptionalScalars : Wish::OptionalTensors;
      if (list->getElementType()->kind() == c10::TypeKind::FloatType) return Wish::Doubles;
    }
    return Wish::AsIs;
  }

  c10::OperatorHandle handle;
  std::vector<std::optional<c10::IValue>> defaults;
  std::vector<Wish> wishes;
};

const Operator &from(CTOperator op) { return *reinterpret_cast<const Operator *>(op); }

c10::IValue list_of_tensors(const CTValue &value, bool optional) {
  auto tensors = static_cast<const CTTensor *>(value.pointer);
  if (optional) {
    c10::List<std::optional<at::Tensor>> list;
    list.reserve(value.count);
    for (int32_t i = 0; i < value.count; ++i)
      list.push_back(tensors[i] ? std::optional(borrowed(tensors[i])) : std::nullopt);
    return list;
  }
  c10::List<at::Tensor> list;
  list.reserve(value.count);
  for (int32_t i = 0; i < value.count; ++i) list.push_back(borrowed(tensors[i]));
  return list;
}

c10::IValue boxed(const CTValue &value, Wish wish) {
  switch (value.tag) {
    case CTTagTensor: return borrowed(static_cast<CTTensor>(const_cast<void *>(value.pointer)));
    case CTTagInt:
      if (wish == Wish::Double) return static_cast<double>(value.integer);
      return value.integer;
    case CTTagDouble: return value.real;
    case CTTagBool: return value.integer != 0;
    case CTTagString: return std::string(static_cast<const char *>(value.pointer), value.count);
    case CTTagDevice:
      return c10::Device(static_cast<c10::DeviceType>(value.integer), static_cast<c10::DeviceIndex>(value.count));
    case CTTagGenerator: return borrowed(static_cast<CTGenerator>(const_cast<void *>(value.pointer)));
    case CTTagInts: {
      auto ints = static_cast<const int64_t *>(value.pointer);
      if (wish == Wish::Doubles) {
        c10::List<double> list;
        for (int32_t i = 0; i < value.count; ++i) list.push_back(static_cast<double>(ints[i]));
        return list;
      }
      return c10::IValue(c10::IntArrayRef(ints, value.count));
    }
    case CTTagDoubles:
      if (wish == Wish::OptionalScalars) {
        c10::List<std::optional<at::Scalar>> list;
        for (int32_t i = 0; i < value.count; ++i)
          list.push_back(at::Scalar(static_cast<const double *>(value.pointer)[i]));
        return list;
      }
      return c10::IValue(c10::ArrayRef<double>(static_cast<const double *>(value.pointer), value.count));
    case CTTagBools: {
      auto flags = static_cast<const int64_t *>(value.pointer);
      c10::List<bool> list;
      for (int32_t i = 0; i < value.count; ++i) list.push_back(flags[i] != 0);
      return list;
    }
    case CTTagTensors: return list_of_tensors(value, wish == Wish::OptionalTensors);
    case CTTagOptionalTensors: return list_of_tensors(value, true);
    case CTTagNone:
    case CTTagDefault: break;
  }
  return c10::IValue();
}

CTValue unboxed(c10::IValue &&value) {
  CTValue out{};
  if (value.isTensor()) {
    auto tensor = handed_over(std::move(value).toTensor());
    out.tag = tensor ? CTTagTensor : CTTagNone;
    out.pointer = tensor;
  } else if (value.isInt()) {
    out.tag = CTTagInt;
    out.integer = value.toInt();
  } else if (value.isDouble()) {
    out.tag = CTTagDouble;
    out.real = value.toDouble();
  } else if (value.isBool()) {
    out.tag = CTTagBool;
    out.integer = value.toBool();
  } else if (value.isTensorList()) {
    auto list = std::move(value).toTensorVector();
    auto tensors = static_cast<CTTensor *>(std::malloc(sizeof(CTTensor) * (list.size() + 1)));
    for (size_t i = 0; i < list.size(); ++i) tensors[i] = handed_over(std::move(list[i]));
    out.tag = CTTagTensors;
    out.count = static_cast<int32_t>(list.size());
    out.pointer = tensors;
  } else {
    TORCH_CHECK(value.isNone(), "a result of type ", value.tagKind(), " has no counterpart in Swift");
    out.tag = CTTagNone;
  }
  return out;
}

}  // namespace

extern "C" {

const char *ct_error_message(void) { return message().c_str(); }

int ct_operator_find(const char *name, const char *overload, CTOperator *out) {
  return guarded([&] {
    // Never freed: operators are few, and Swift keeps each for the life of the process.
    *out = reinterpret_cast<CTOperator>(new Operator(c10::Dispatcher::singleton().findSchemaOrThrow(name, overload)));
  });
}

int ct_operator_call(
    CTOperator op, const CTValue *arguments, size_t argument_count, CTValue *results, size_t capacity, size_t *count) {
  return guarded([&] {
    const Operator &callee = from(op);
    const size_t wanted = callee.defaults.size();
    TORCH_CHECK(argument_count <= wanted, "takes ", wanted, " arguments, not ", argument_count);
    torch::jit::Stack stack;
    stack.reserve(wanted);
    for (size_t i = 0; i < wanted; ++i) {
      if (i < argument_count && arguments[i].tag != CTTagDefault) {
        stack.push_back(boxed(arguments[i], callee.wishes[i]));
      } else {
        TORCH_CHECK(
            callee.defaults[i].has_value(), "argument '", callee.handle.schema().arguments()[i].name(),
            "' is missing and has no default");
        stack.push_back(*callee.defaults[i]);
      }
    }
    callee.handle.callBoxed(stack);
    TORCH_CHECK(stack.size() <= capacity, "returns ", stack.size(), " values, more than the ", capacity, " expected");
    for (size_t i = 0; i < stack.size(); ++i) results[i] = unboxed(std::move(stack[i]));
    *count = stack.size();
  });
}
}
