public import Tensors

/// A part of a network: it declares its parameters, buffers and submodules by name, and nothing finds them by reflection.
///
/// The names joined by dots are the keys of its state, as in PyTorch: `layers.0.self_attn.in_proj_weight`.
public protocol Module: AnyObject {
  /// What the module is made of, in order.
  var members: Members { get }

  /// Other names under which published checkpoints hold members of this module, each with the member's own name.
  var aliases: [String: String] { get }
}

extension Module {
  /// None.
  public var aliases: [String: String] { [:] }
}

/// A module that does something else in training than in use, such as dropout.
public protocol ModeDependent: Module {
  /// Whether the module is being trained.
  var isTraining: Bool { get set }
}

/// The named members of a module, written as a dictionary literal.
public struct Members: ExpressibleByDictionaryLiteral {
  /// Something that a module is made of.
  public enum Member {
    /// A tensor that is trained; nil for one that this instance goes without.
    case parameter(Tensor?)
    /// A tensor that is part of the state but not trained.
    case buffer(Tensor?)
    /// A submodule. One without a name has its members among those of the module that it is part of.
    case module(any Module)
    /// Submodules named 0, 1, 2 and so on.
    case modules([any Module])
  }

  let list: [(name: String, member: Member)]

  /// Members in the order written.
  public init(dictionaryLiteral elements: (String, Member)...) { list = elements.map { ($0.0, $0.1) } }

  /// Members in the order of a list.
  public init(_ elements: [(name: String, member: Member)]) { list = elements }
}

extension Module {
  /// The trained tensors by key, in the order of declaration.
  public func namedParameters() -> [(key: String, tensor: Tensor)] {
    collect("") { if case .parameter(let tensor) = $0 { tensor } else { nil } }
  }

  /// Parameters and buffers by key, in the order of declaration: what a checkpoint holds.
  public func namedState() -> [(key: String, tensor: Tensor)] {
    collect("") {
      switch $0 {
      case .parameter(let tensor), .buffer(let tensor): tensor
      default: nil
      }
    }
  }

  /// This module and all below it, each with what the keys of its state begin with: nothing, or names and dots.
  public func namedModules(_ prefix: String = "") -> [(prefix: String, module: any Module)] {
    [(prefix, self)]
      + members.list.flatMap { name, member -> [(prefix: String, module: any Module)] in
        switch member {
        case .module(let module): module.namedModules(prefix + step(name))
        case .modules(let modules): modules.enumerated().flatMap { $1.namedModules("\(prefix)\(name).\($0).") }
        case .parameter, .buffer: []
        }
      }
  }

  /// The trained tensors, in the order of declaration.
  public var parameters: [Tensor] { namedParameters().map(\.tensor) }

  /// How many numbers are trained.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// Switches this module and all below it to training or to use.
  public func setTraining(_ isTraining: Bool) {
    if let self = self as? any ModeDependent { self.isTraining = isTraining }
    for (_, member) in members.list {
      switch member {
      case .module(let module): module.setTraining(isTraining)
      case .modules(let modules): for module in modules { module.setTraining(isTraining) }
      case .parameter, .buffer: break
      }
    }
  }

  /// Forgets the gradients of all parameters and frees their memory.
  public func clearGradients() throws { for parameter in parameters { try parameter.setGradient(nil) } }

  /// Moves all parameters, their gradients and all buffers to a device. The tensors stay the same objects; an optimiser
  /// is made after the move, since its state stays where it was.
  public func move(to device: Device) throws {
    for (_, tensor) in namedState() {
      let gradient = tensor.gradient
      try tensor.setGradient(nil)
      try tensor.replaceElements(with: tensor.detached().moved(to: device))
      try tensor.setGradient(gradient?.moved(to: device))
    }
  }

  /// The keys that `load` also takes, each with the key of the state that it stands for.
  func aliasedKeys(_ prefix: String = "") -> [String: String] {
    var found = Dictionary(uniqueKeysWithValues: aliases.map { (prefix + $0, prefix + $1) })
    for (name, member) in members.list {
      switch member {
      case .module(let module):
        found.merge(module.aliasedKeys(prefix + step(name))) { first, _ in first }
      case .modules(let modules):
        for (i, module) in modules.enumerated() {
          found.merge(module.aliasedKeys("\(prefix)\(name).\(i).")) { first, _ in first }
        }
      case .parameter, .buffer: break
      }
    }
    return found
  }

  private func collect(_ prefix: String, _ pick: (Members.Member) -> Tensor?) -> [(key: String, tensor: Tensor)] {
    members.list.flatMap { name, member -> [(key: String, tensor: Tensor)] in
      switch member {
      case .module(let module): return module.collect(prefix + step(name), pick)
      case .modules(let modules):
        return modules.enumerated().flatMap { $1.collect("\(prefix)\(name).\($0).", pick) }
      case .parameter, .buffer: return pick(member).map { [(prefix + name, $0)] } ?? []
      }
    }
  }
}

/// What the name of a submodule adds to keys.
private func step(_ name: String) -> String { name.isEmpty ? "" : name + "." }
