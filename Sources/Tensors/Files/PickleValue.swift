/// A value that a pickle makes, in 16 bytes: whatever is larger lies in the machine's pools, and texts stay in the file.
///
/// Values refer to each other by number and own nothing, so that neither a nesting of a million levels nor a cycle,
/// both of which a few bytes of pickle make, costs more than its numbers.
enum PickleValue {
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  /// A whole number of more than 64 bits, little-endian.
  case longInteger(PickleSlice)
  case text(PickleSlice)
  case bytes(PickleSlice)
  /// Elements in the pool of tuples.
  case tuple(PickleSlice)
  /// An index into the lists.
  case list(Int)
  /// An index into the dictionaries.
  case dictionary(Int)
  case global(PickleGlobal)
  /// An index into the storages.
  case storage(Int)
  /// An index into the tensors.
  case tensor(Int)
  /// Something that state dicts hold beside tensors, such as a device.
  case other

  /// What it is, for errors.
  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a bool"
    case .int, .longInteger: "a whole number"
    case .double: "a float"
    case .text: "a text"
    case .bytes: "bytes"
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .global: "a function or class"
    case .storage: "a storage"
    case .tensor: "a tensor"
    case .other: "an object"
    }
  }
}

/// A stretch of the pickle's bytes, or of the pool of tuples.
struct PickleSlice: Hashable {
  var start: UInt32
  var count: UInt32

  init(_ range: Range<Int>) {
    start = UInt32(range.lowerBound)
    count = UInt32(range.count)
  }

  var range: Range<Int> { Int(start)..<(Int(start) + Int(count)) }
}

/// The functions and classes that state dicts are made with. None is ever called: the machine knows what each makes.
enum PickleGlobal: Equatable {
  case orderedDictionary
  case dictionary
  case list
  case set
  case rebuildTensor
  case rebuildTensorV2
  case rebuildTensorV3
  case rebuildParameter
  case rebuildParameterWithState
  case rebuildFromType
  case tensorClass
  case storage(DType)
  case untypedStorage
  case dtype(DType)
  case size
  case device

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("builtins", "dict"), ("__builtin__", "dict"): self = .dictionary
    case ("builtins", "list"), ("__builtin__", "list"): self = .list
    case ("builtins", "set"), ("__builtin__", "set"), ("builtins", "frozenset"), ("__builtin__", "frozenset"):
      self = .set
    case ("torch._utils", "_rebuild_tensor"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensorV2
    case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTensorV3
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch._utils", "_rebuild_parameter_with_state"): self = .rebuildParameterWithState
    case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
    case ("torch", "Tensor"), ("torch.nn.parameter", "Parameter"), ("torch.nn.parameter", "Buffer"):
      self = .tensorClass
    case ("torch.storage", "UntypedStorage"), ("torch.storage", "_UntypedStorage"), ("torch", "UntypedStorage"):
      self = .untypedStorage
    case ("torch", "Size"): self = .size
    case ("torch", "device"): self = .device
    case ("torch", _):
      if let dtype = Self.storages[name] {
        self = .storage(dtype)
      } else if let dtype = DType(rawValue: name) {
        self = .dtype(dtype)
      } else {
        return nil
      }
    default: return nil
    }
  }

  private static let storages: [String: DType] = [
    "ByteStorage": .uint8, "CharStorage": .int8, "ShortStorage": .int16, "IntStorage": .int32, "LongStorage": .int64,
    "HalfStorage": .float16, "FloatStorage": .float32, "DoubleStorage": .float64, "BoolStorage": .bool,
    "BFloat16Storage": .bfloat16, "ComplexFloatStorage": .complex64, "ComplexDoubleStorage": .complex128,
  ]
}

/// A storage as a pickle names it: nothing of it has been checked against the file yet.
struct PickledStorage {
  /// The text by which the file knows the storage.
  var key: PickleSlice
  /// nil for one of bytes, whose tensors say what they are.
  var dtype: DType?
  /// How many elements the storage of that key has; bytes where it has no dtype.
  var count: Int
  /// The elements that are meant, where they are a part of it.
  var part: Range<Int>?
}

/// A tensor as a pickle describes it: nothing of it has been checked against its storage yet.
struct PickledTensor {
  var storage: Int
  var dtype: DType
  /// All in elements.
  var offset: Int
  var shape: [Int]
  var strides: [Int]
}
