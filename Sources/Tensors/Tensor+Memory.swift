import CTorch

extension Tensor {
  /// A CPU tensor with a copy of an array's elements.
  ///
  /// - Parameter shape: the shape; nil makes one dimension. Its product must be the number of elements.
  public convenience init<Scalar: TensorScalar>(_ elements: [Scalar], shape: [Int]? = nil) throws {
    let shape = try Self.checked(shape, elements)
    let copy = try Tensor.empty(shape, dtype: Scalar.dtype)
    try copy.withUnsafeMutableElements(of: Scalar.self) { target in
      elements.withUnsafeBufferPointer { source in _ = target.update(fromContentsOf: source) }
    }
    self.init(owning: ct_tensor_retain(copy.handle))
  }

  /// A CPU tensor that takes an array over: its elements stay where they are, and are freed with the tensor. An array
  /// that somebody else still holds is copied, so that changing the tensor never changes it.
  ///
  /// - Parameter shape: the shape; nil makes one dimension. Its product must be the number of elements.
  public convenience init<Scalar: TensorScalar>(taking elements: consuming [Scalar], shape: [Int]? = nil) throws {
    let shape = try Self.checked(shape, elements)
    let owner = ArrayOwner(elements)
    // The address stays good after the closure: it is that of the array's own storage, which the owner holds alone and
    // never touches again.
    guard let start = owner.elements.withUnsafeMutableBufferPointer({ $0.baseAddress }), !shape.contains(0) else {
      let empty = try Tensor.empty(shape, dtype: Scalar.dtype)
      self.init(owning: ct_tensor_retain(empty.handle))
      return
    }
    try self.init(sharing: start, shape: shape, dtype: Scalar.dtype, owner: owner)
  }

  /// A CPU tensor over memory that `owner` keeps alive and that nobody else writes while the tensor lives; nothing is
  /// copied. If anything is to change the tensor in place, the memory must be writable. Throws for memory that is not
  /// aligned to the dtype and for an impossible shape.
  public convenience init(
    sharing memory: UnsafeRawPointer, shape: [Int], dtype: DType, owner: AnyObject
  ) throws {
    guard dtype.byteCount(ofShape: shape) != nil, Int(bitPattern: memory) % dtype.byteCount == 0 else {
      throw TensorError(
        operation: "making a tensor over memory", arguments: ["\(dtype.rawValue) \(shape.listed)"],
        message: "a possible shape and an address that is a multiple of \(dtype.byteCount) are expected")
    }
    var made: CTTensor?
    let context = Unmanaged.passRetained(owner)
    let status = ct_tensor_from_memory(
      memory, shape.map(Int64.init), shape.count, dtype.code,
      { context in
        if let context { Unmanaged<AnyObject>.fromOpaque(context).release() }
      }, context.toOpaque(), &made)
    guard status == 0, let made else {
      context.release()
      try check(status, "making a tensor over memory", ["\(dtype.rawValue) \(shape)"])
      throw TensorError(operation: "making a tensor over memory", message: "none was made")
    }
    self.init(owning: made)
  }

  private static func checked<Scalar: TensorScalar>(_ shape: [Int]?, _ elements: borrowing [Scalar]) throws -> [Int] {
    let count = elements.count
    guard let shape else { return [count] }
    guard Scalar.dtype.byteCount(ofShape: shape) == count * Scalar.dtype.byteCount else {
      throw TensorError(
        operation: "making a tensor of an array", message: "\(count) elements do not fill the shape \(shape.listed)")
    }
    return shape
  }

  /// The elements in row-major order, copied to the CPU and converted to the type asked for where they differ.
  public func array<Scalar: TensorScalar>(of type: Scalar.Type = Scalar.self) throws -> [Scalar] {
    let source = try converted(to: Scalar.dtype).moved(to: .cpu).detached().contiguous()
    return try source.withUnsafeElements(of: Scalar.self) { Array($0) }
  }

  /// The only element, converted to the type asked for. Throws for any other number of elements.
  public func item<Scalar: TensorScalar>(of type: Scalar.Type = Scalar.self) throws -> Scalar {
    let elements = try array(of: type)
    guard elements.count == 1 else {
      throw TensorError(operation: "item", arguments: [description], message: "a tensor of one element is expected")
    }
    return elements[0]
  }

  /// Lends the elements of a contiguous CPU tensor of the same dtype, without a copy. They are the tensor's only within
  /// `body`.
  public func withUnsafeElements<Scalar: TensorScalar, Output>(
    of type: Scalar.Type, _ body: (UnsafeBufferPointer<Scalar>) throws -> Output
  ) throws -> Output {
    try withUnsafeMutableElements(of: type) { try body(UnsafeBufferPointer($0)) }
  }

  /// Lends the elements of a contiguous CPU tensor of the same dtype for writing, without a copy. Autograd does not see
  /// the writing: what has saved the tensor for a gradient would compute with the new elements. A tensor of a mapped file
  /// may be written; its pages are copied then, and the file stays as it is.
  public func withUnsafeMutableElements<Scalar: TensorScalar, Output>(
    of type: Scalar.Type, _ body: (UnsafeMutableBufferPointer<Scalar>) throws -> Output
  ) throws -> Output {
    guard dtype == Scalar.dtype, isContiguous else {
      throw TensorError(
        operation: "reading memory", arguments: [description],
        message: "a contiguous tensor of \(Scalar.dtype.rawValue) is expected")
    }
    return try withUnsafeBytes { bytes in try body(bytes.bindMemory(to: Scalar.self)) }
  }

  /// Lends the bytes of a contiguous CPU tensor, whatever their dtype.
  public func withUnsafeBytes<Output>(_ body: (UnsafeMutableRawBufferPointer) throws -> Output) throws -> Output {
    guard isContiguous else {
      throw TensorError(operation: "reading memory", arguments: [description], message: "the tensor is not contiguous")
    }
    var address: UnsafeMutableRawPointer?
    try check(ct_tensor_data(handle, &address), "reading memory", [description])
    return try withExtendedLifetime(self) {
      try body(UnsafeMutableRawBufferPointer(start: address, count: address == nil ? 0 : count * dtype.byteCount))
    }
  }

  /// The same elements as another dtype; the same tensor if it is of that dtype already.
  public func converted(to dtype: DType) throws -> Tensor {
    dtype == self.dtype ? self : try Op.toDType(.tensor(self), .dtype(dtype))
  }

  /// The same elements on another device; the same tensor if it is there already.
  public func moved(to device: Device) throws -> Tensor {
    let here = self.device
    if here == device || (here.kind == device.kind && device.index == nil) { return self }
    return try Op.toDevice(.tensor(self), .device(device), .dtype(dtype))
  }

  /// A row-major tensor with the same elements; the same tensor if it is one already.
  public func contiguous() throws -> Tensor { isContiguous ? self : try Op.contiguous(.tensor(self)) }

  /// A copy with memory of its own.
  public func clone() throws -> Tensor { try Op.clone(.tensor(self)) }

  /// Makes this object stand for the elements of another tensor, of any dtype and device: how the parameters of a module
  /// move without the module noticing. Graphs that hold the old elements keep them.
  public func replaceElements(with source: Tensor) throws {
    try Op.setData.perform(.tensor(self), .tensor(source))
  }

  /// Overwrites the elements with those of a tensor that broadcasts to this shape.
  @discardableResult
  public func copyInPlace(_ source: Tensor) throws -> Tensor { try Op.copy(.tensor(self), .tensor(source)) }

  private enum Op {
    static let toDType = Operator("aten::to", "dtype")
    static let toDevice = Operator("aten::to", "device")
    static let contiguous = Operator("aten::contiguous")
    static let clone = Operator("aten::clone")
    static let setData = Operator("aten::set_data")
    static let copy = Operator("aten::copy_")
  }
}

/// Keeps an array alive for the tensor that uses its storage.
private final class ArrayOwner<Scalar: TensorScalar> {
  var elements: [Scalar]
  init(_ elements: consuming [Scalar]) { self.elements = elements }
}
