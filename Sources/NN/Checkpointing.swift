public import Tensors

/// Runs part of a network without keeping what its gradient needs, and runs it again when the gradient is asked for: a
/// quarter more work for a fraction of the memory (Chen et al. 2016, as `torch.utils.checkpoint`).
///
/// The second run sees the same random numbers, the same autocast and the same values as the first.
///
/// - Parameters:
///   - module: whose parameters and dropouts `body` uses, with all below it
///   - inputs: the tensors that `body` gets, and through which gradients flow
///   - body: computes the outputs from the inputs and the module alone
/// - Returns: the outputs of `body`
public func checkpointed(
  _ module: any Module, _ inputs: [Tensor], _ body: @escaping ([Tensor]) throws -> [Tensor]
) throws -> [Tensor] {
  let parameters = module.parameters
  let generators = module.generators
  let states = try generators.map { try $0.state() }
  let autocast = Autocast.current(on: inputs.first?.device ?? .cpu)
  return try withCustomGradient(of: inputs + parameters) {
    (try body(inputs), inputs)
  } backward: { gradients, saved in
    let after = try generators.map { try $0.state() }
    for (generator, state) in zip(generators, states) { try generator.restore(state) }
    defer { for (generator, state) in zip(generators, after) { try? generator.restore(state) } }
    let leaves = try saved.map { tensor in
      let leaf = try tensor.detached()
      return tensor.dtype.isFloatingPoint ? try leaf.requireGradient() : leaf
    }
    let outputs = try withGradients { try autocast.apply { try body(leaves) } }
    let used = zip(outputs, gradients).filter { $0.requiresGradient && $1 != nil }
    let wanted = (leaves + parameters).enumerated().filter { $0.element.requiresGradient }
    let found = try Tensors.gradients(
      of: used.map(\.0), withRespectTo: wanted.map(\.element), seeds: used.map(\.1))
    var all = [Tensor?](repeating: nil, count: leaves.count + parameters.count)
    for (place, gradient) in zip(wanted.map(\.offset), found) { all[place] = gradient }
    return all
  }
}

extension Module {
  /// The streams of random numbers that this module and all below it draw from, each once.
  var generators: [Generator] {
    var found: [Generator] = []
    if let own = (self as? Dropout)?.generator { found.append(own) }
    for (_, member) in members.list {
      let below: [any Module] =
        switch member {
        case .module(let module): [module]
        case .modules(let modules): modules
        case .parameter, .buffer: []
        }
      for generator in below.flatMap(\.generators) where !found.contains(where: { $0 === generator }) {
        found.append(generator)
      }
    }
    return found
  }
}
