import CTorch

/// A stream of random numbers with its own state. Whatever draws random numbers takes one: there is no hidden global.
public final class Generator {
  let handle: CTGenerator
  /// The device whose tensors it fills.
  public let device: Device

  /// A generator that gives the same numbers for the same seed.
  public init(seed: UInt64, device: Device = .cpu) throws {
    guard device.isAvailable else {
      throw TensorError(
        operation: "making a random number generator", arguments: ["\(device)"], message: "there is no such device here"
      )
    }
    var created: CTGenerator?
    try check(
      ct_generator_create(device.code, Int8(device.index ?? 0), seed, &created), "making a random number generator",
      ["\(device)"])
    guard let created else {
      throw TensorError(operation: "making a random number generator", message: "none was made")
    }
    handle = created
    self.device = device
  }

  deinit { ct_generator_release(handle) }

  /// The whole state, uint8 (bytes): set later, the same numbers follow.
  public func state() throws -> Tensor {
    var state: CTTensor?
    try check(ct_generator_state(handle, &state), "reading a generator's state")
    guard let state else { throw TensorError(operation: "reading a generator's state", message: "there is none") }
    return Tensor(owning: state)
  }

  /// Goes back to a state that `state()` gave.
  public func restore(_ state: Tensor) throws {
    try check(ct_generator_set_state(handle, state.handle), "restoring a generator's state", [state.description])
  }
}
