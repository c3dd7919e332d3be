import CTorch

/// Computes tensors by a function whose gradient the caller states, in place of the one that LibTorch would record: for
/// gradients that are cheaper than the recorded ones, or that compute the function again instead of keeping its insides.
///
/// - Parameters:
///   - inputs: what the outputs are differentiated with respect to; whatever else `forward` reads counts as constant
///   - forward: computes the outputs, without a graph, and names the tensors that `backward` will need
///   - backward: given the gradient of each output (nil where it plays no part) and the saved tensors, returns the gradient
///     of each input, of its shape, or nil where there is none. It runs outside the graph, at most once unless the graph
///     is kept, and for a GPU's tensors on another thread.
/// - Returns: the outputs, in the graph where gradients are being recorded and an input is part of it
/// - Throws: what `forward` throws; `TensorError` from the later `backward` where that throws, or where a saved tensor has
///   been changed in place meanwhile
public func withCustomGradient(
  of inputs: [Tensor],
  forward: () throws -> (outputs: [Tensor], saved: [Tensor]),
  backward: @escaping (_ gradients: [Tensor?], _ saved: [Tensor]) throws -> [Tensor?]
) throws -> [Tensor] {
  let (outputs, saved) = try withoutGradients(forward)
  let inputHandles = inputs.map(\.handle)
  let isNeeded = withExtendedLifetime(inputs) { ct_gradient_needed(inputHandles, inputs.count) }
  guard isNeeded else { return outputs }
  let function = GradientFunction(
    inputCount: inputs.count, outputCount: outputs.count, saved: saved, backward: backward)
  var wrapped = [CTTensor?](repeating: nil, count: outputs.count)
  let status = withExtendedLifetime((inputs, outputs)) {
    ct_custom_gradient(
      inputHandles, inputs.count, outputs.map(\.handle), outputs.count, GradientFunction.call,
      { context in if let context { Unmanaged<GradientFunction>.fromOpaque(context).release() } },
      Unmanaged.passRetained(function).toOpaque(), &wrapped)
  }
  try check(status, "a custom gradient", (inputs + outputs).map(\.description))
  return wrapped.compactMap { $0.map(Tensor.init(owning:)) }
}

/// What the graph holds of a function with its own gradient.
private final class GradientFunction {
  private let inputCount: Int
  private let outputCount: Int
  private let saved: [Tensor]
  private let versions: [UInt32]
  private let backward: ([Tensor?], [Tensor]) throws -> [Tensor?]

  init(
    inputCount: Int, outputCount: Int, saved: [Tensor],
    backward: @escaping ([Tensor?], [Tensor]) throws -> [Tensor?]
  ) {
    self.inputCount = inputCount
    self.outputCount = outputCount
    self.saved = saved
    self.backward = backward
    versions = saved.map { ct_tensor_version($0.handle) }
  }

  /// What C calls.
  static let call: CTGradientFunction = { context, gradients, out in
    let function = Unmanaged<GradientFunction>.fromOpaque(context).takeUnretainedValue()
    do {
      let given = (0..<function.outputCount).map { i in
        gradients[i].map { Tensor(owning: ct_tensor_retain($0)) }
      }
      for (i, found) in try function.gradients(given).enumerated() {
        out[i] = found.map { ct_tensor_retain($0.handle) }
      }
      return 0
    } catch {
      ct_set_error_message("\(error)")
      return 1
    }
  }

  private func gradients(_ given: [Tensor?]) throws -> [Tensor?] {
    for (tensor, version) in zip(saved, versions) where ct_tensor_version(tensor.handle) != version {
      throw TensorError(
        operation: "a custom gradient", arguments: [tensor.description],
        message: "a tensor that the gradient needs has been changed in place since it was saved")
    }
    let found = try withoutGradients { try backward(given, saved) }
    guard found.count == inputCount else {
      throw TensorError(
        operation: "a custom gradient", message: "\(found.count) gradients were computed for \(inputCount) inputs")
    }
    return found
  }
}
