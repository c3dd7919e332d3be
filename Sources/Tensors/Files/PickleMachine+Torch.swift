extension PickleMachine {
  /// What a function or class makes of a tuple of arguments.
  mutating func made(by callee: PickleValue, _ arguments: PickleValue) throws(FileFault) -> PickleValue {
    guard case .global(let global) = callee else { throw FileFault("\(callee.kind) is called") }
    guard case .tuple(let slice) = arguments else { throw FileFault("a call with \(arguments.kind) for arguments") }
    let given = elements(slice)
    let first = given.first
    switch global {
    case .orderedDictionary, .dictionary:
      guard let first else { return dictionary([]) }
      guard given.count == 1 else { throw FileFault("a dictionary of \(given.count) arguments") }
      return dictionary(try pairs(of: first))
    case .list, .set:
      guard let first else { return list([]) }
      guard given.count == 1, case .list = first else { throw FileFault("a collection of something else than a list") }
      return first
    case .size:
      guard given.count == 1, let first, case .tuple = first else {
        throw FileFault("a size of something else than a tuple")
      }
      return first
    case .device: return .other
    case .rebuildTensor, .rebuildTensorV2:
      guard given.count >= 4 else { throw FileFault("a tensor of \(given.count) arguments") }
      return try tensor(given, dtype: nil)
    case .rebuildTensorV3:
      guard given.count >= 7, case .global(.dtype(let dtype)) = given[given.startIndex + 6] else {
        throw FileFault("a tensor without a dtype")
      }
      return try tensor(given, dtype: dtype)
    case .rebuildParameter, .rebuildParameterWithState:
      guard let first, case .tensor = first else { throw FileFault("a parameter of something else than a tensor") }
      return first
    case .rebuildFromType:
      // The function, the class, the function's arguments, and attributes, which are not read.
      guard given.count == 4, case .global(.tensorClass) = given[given.startIndex + 1],
        case .global(let inner) = given[given.startIndex], inner != .rebuildFromType
      else { throw FileFault("a tensor of a class other than torch.Tensor") }
      return try made(by: .global(inner), given[given.startIndex + 2])
    case .tensorClass, .storage, .untypedStorage, .dtype:
      throw FileFault("a call of something that state dicts do not call")
    }
  }

  /// The storage that a persistent id stands for: `('storage', class, key, device, count)`, in the format before
  /// PyTorch 1.6 with a last element that is None or `(key, first, count)` of a part of it.
  func reference(_ value: PickleValue) throws(FileFault) -> PickledStorage {
    guard case .tuple(let slice) = value else { throw FileFault("a reference to \(value.kind) outside of the pickle") }
    let parts = Array(elements(slice))
    guard parts.count == 5 || parts.count == 6, case .text(let what) = parts[0],
      bytes(what).elementsEqual("storage".utf8),
      case .text(let key) = parts[2], case .int(let count) = parts[4], count >= 0
    else { throw FileFault("a reference outside of the pickle to something else than a storage") }
    var storage: PickledStorage
    switch parts[1] {
    case .global(.storage(let dtype)): storage = PickledStorage(key: key, dtype: dtype, count: count)
    case .global(.untypedStorage): storage = PickledStorage(key: key, dtype: nil, count: count)
    default: throw FileFault("a storage whose class is \(parts[1].kind)")
    }
    if parts.count == 6, case .tuple(let slice) = parts[5] {
      let view = Array(elements(slice))
      guard view.count == 3, case .int(let first) = view[1], case .int(let length) = view[2], first >= 0, length >= 0,
        first <= count, length <= count - first
      else { throw FileFault("a part of a storage of \(count) elements that does not lie within it") }
      storage.part = first..<(first + length)
    }
    return storage
  }

  /// The value of a persistent id.
  mutating func persistent(_ value: PickleValue) throws(FileFault) -> PickleValue {
    let storage = try reference(value)
    try charge(Int(storage.key.count))
    storages.append(storage)
    return .storage(storages.count - 1)
  }

  private mutating func tensor(_ given: ArraySlice<PickleValue>, dtype: DType?) throws(FileFault) -> PickleValue {
    let parts = Array(given)
    guard case .storage(let storage) = parts[0], case .int(let offset) = parts[1], offset >= 0,
      case .tuple(let shape) = parts[2], case .tuple(let strides) = parts[3]
    else { throw FileFault("a tensor of other arguments than storage, offset, shape and strides") }
    try charge(Int(shape.count) + Int(strides.count))
    guard shape.count <= DType.mostDimensions else {
      throw FileFault("a tensor of \(shape.count) dimensions; \(DType.mostDimensions) are the most")
    }
    guard shape.count == strides.count else {
      throw FileFault("a tensor of \(shape.count) dimensions with \(strides.count) strides")
    }
    tensors.append(
      PickledTensor(
        storage: storage, dtype: dtype ?? storages[storage].dtype ?? .uint8, offset: offset,
        shape: try counts(shape), strides: try counts(strides)))
    return .tensor(tensors.count - 1)
  }

  private func counts(_ slice: PickleSlice) throws(FileFault) -> [Int] {
    var counts: [Int] = []
    counts.reserveCapacity(Int(slice.count))
    for value in elements(slice) {
      guard case .int(let count) = value, count >= 0 else {
        throw FileFault("a tensor whose shape or strides are not all whole numbers from 0 on")
      }
      counts.append(count)
    }
    return counts
  }

  /// The keys and values of a list of pairs, as Python 2 pickled ordered dictionaries.
  private mutating func pairs(of value: PickleValue) throws(FileFault) -> [PickleValue] {
    switch value {
    case .dictionary(let index):
      try charge(dictionaries[index].count)
      return dictionaries[index]
    case .list(let index):
      try charge(lists[index].count)
      var out: [PickleValue] = []
      for element in lists[index] {
        let pair: [PickleValue]
        switch element {
        case .tuple(let slice) where slice.count == 2: pair = Array(elements(slice))
        case .list(let index) where lists[index].count == 2: pair = lists[index]
        default: throw FileFault("a dictionary of something else than pairs")
        }
        out += pair
      }
      return out
    default: throw FileFault("a dictionary of \(value.kind)")
    }
  }
}
