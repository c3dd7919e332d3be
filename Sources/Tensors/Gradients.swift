import CTorch

extension Tensor {
  /// Whether operators on this tensor record what `backward` needs.
  public var requiresGradient: Bool { ct_tensor_requires_gradient(handle) }

  /// Makes a leaf of the graph record its gradient, or stop to. Throws for a dtype that has none.
  @discardableResult
  public func requireGradient(_ value: Bool = true) throws -> Tensor {
    try check(ct_tensor_set_requires_gradient(handle, value), "requiring a gradient", [description])
    return self
  }

  /// The gradient that `backward` calls have added up, of this tensor's shape; nil before the first.
  public var gradient: Tensor? { ct_tensor_gradient(handle).map(Tensor.init(owning:)) }

  /// Replaces the gradient; nil forgets it and frees its memory. Throws for one of another shape, dtype or device.
  public func setGradient(_ gradient: Tensor?) throws {
    if let gradient, gradient.shape != shape || gradient.dtype != dtype || gradient.device != device {
      throw TensorError(
        operation: "setting a gradient", arguments: [description, gradient.description],
        message: "a gradient has the shape, dtype and device of its tensor")
    }
    try check(ct_tensor_set_gradient(handle, gradient?.handle), "setting a gradient", [description])
  }

  /// Adds the gradients of this tensor to those of the leaves that it was computed from.
  ///
  /// - Parameters:
  ///   - seed: the gradient of the final value with respect to this tensor, of its shape; nil for a single element.
  ///   - keepGraph: whether the graph can be walked again.
  public func backward(seed: Tensor? = nil, keepGraph: Bool = false) throws {
    try check(ct_backward(handle, seed?.handle, keepGraph), "backward", [description])
  }

  /// The same elements outside the graph.
  public func detached() throws -> Tensor { try Op.detach(.tensor(self)) }

  private enum Op {
    static let detach = Operator("aten::detach")
  }
}

/// The gradients of outputs with respect to inputs, without touching what the leaves have accumulated.
///
/// - Parameters:
///   - seeds: the gradient of the final value with respect to each output; nil where each output is one element.
///   - createGraph: whether the gradients can be differentiated in turn.
/// - Returns: one tensor of its input's shape for each input; nil for an input that plays no part.
public func gradients(
  of outputs: [Tensor], withRespectTo inputs: [Tensor], seeds: [Tensor?]? = nil, createGraph: Bool = false
) throws -> [Tensor?] {
  var found = [CTTensor?](repeating: nil, count: inputs.count)
  let outputHandles = outputs.map(\.handle)
  let inputHandles = inputs.map(\.handle)
  let seedHandles = seeds?.map { $0?.handle }
  let status =
    if let seedHandles {
      ct_gradients(
        outputHandles, outputs.count, inputHandles, inputs.count, seedHandles, createGraph, createGraph, true, &found)
    } else {
      ct_gradients(
        outputHandles, outputs.count, inputHandles, inputs.count, nil, createGraph, createGraph, true, &found)
    }
  try withExtendedLifetime((outputs, inputs, seeds)) {
    try check(status, "gradients", (outputs + inputs).map(\.description))
  }
  return found.map { $0.map(Tensor.init(owning:)) }
}

/// Runs `body` without recording a graph on this thread: what inference wants.
public func withoutGradients<Output>(_ body: () throws -> Output) rethrows -> Output {
  let before = ct_gradient_mode()
  ct_set_gradient_mode(false)
  defer { ct_set_gradient_mode(before) }
  return try body()
}

/// Runs `body` recording a graph on this thread, also where the caller does not.
public func withGradients<Output>(_ body: () throws -> Output) rethrows -> Output {
  let before = ct_gradient_mode()
  ct_set_gradient_mode(true)
  defer { ct_set_gradient_mode(before) }
  return try body()
}

/// Runs `body` with matrix products and convolutions in a smaller dtype on this thread, and with what needs range in
/// float32, as LibTorch's autocast lists say: losses and Fourier transforms, on a GPU also softmax and normalisations.
public func withAutocast<Output>(
  _ dtype: DType = .bfloat16, on device: Device = .cpu, _ body: () throws -> Output
) throws -> Output {
  try Autocast(device: device, isEnabled: true, dtype: dtype).apply(body)
}

/// Whether a thread's matrix products run in a smaller dtype, and in which.
public struct Autocast: Sendable {
  /// The kind of device that it is about.
  public let device: Device
  /// Whether it is on.
  public let isEnabled: Bool
  /// The dtype of matrix products while it is on.
  public let dtype: DType

  /// What holds on this thread now for a kind of device.
  public static func current(on device: Device = .cpu) -> Autocast {
    Autocast(
      device: device, isEnabled: ct_autocast_enabled(device.code),
      dtype: DType(code: ct_autocast_dtype(device.code).rawValue) ?? .bfloat16)
  }

  /// Runs `body` with this state, then goes back to what was.
  public func apply<Output>(_ body: () throws -> Output) throws -> Output {
    let before = Autocast.current(on: device)
    try set()
    let result = Result { try body() }
    try before.set()
    return try result.get()
  }

  private func set() throws {
    try check(
      ct_set_autocast(device.code, isEnabled, dtype.code), "autocast", [dtype.rawValue, device.description])
  }
}
