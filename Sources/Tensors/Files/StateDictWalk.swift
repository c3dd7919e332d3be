/// What a file of `torch.save` is expected to hold.
enum PickledContent: String {
  case tensors = "a dictionary of tensors"
  case oneTensor = "one tensor, as torch.save(tensor, file) writes it,"
}

/// The tensors in a pickle's dictionaries, lists and tuples, by the keys on the way to each, joined by dots.
struct StateDictWalk {
  private let machine: PickleMachine
  /// What is found.
  private(set) var found: [(name: String, tensor: Int)] = []
  /// Names may take so many bytes in all: containers that hold each other would make endless ones of a few bytes.
  private var budget: Int

  private static let mostDepth = 32

  /// Walks through what a pickle made, which must be what is expected.
  init(_ machine: PickleMachine, _ root: PickleValue, expecting content: PickledContent) throws(FileFault) {
    self.machine = machine
    // A key is written once and a tensor takes more bytes than a dozen folders of keys have.
    budget = (machine.end - machine.start) * 4 + 4096
    switch (content, root) {
    case (.tensors, .dictionary), (.tensors, .list), (.oneTensor, .tensor): break
    default: throw FileFault("it holds \(root.kind), where \(content.rawValue) is expected")
    }
    try walk(root, "", 0)
  }

  private mutating func walk(_ value: PickleValue, _ name: String, _ depth: Int) throws(FileFault) {
    guard depth <= Self.mostDepth else {
      throw FileFault("its dictionaries are nested more than \(Self.mostDepth) deep")
    }
    budget -= name.utf8.count + 1
    guard budget >= 0 else { throw FileFault("its dictionaries hold each other, so that names would have no end") }
    let prefix = name.isEmpty ? "" : name + "."
    switch value {
    case .tensor(let index): found.append((name, index))
    case .dictionary(let index):
      let pairs = machine.dictionaries[index]
      for position in stride(from: 0, to: pairs.count, by: 2) {
        switch pairs[position] {
        case .text(let slice): try walk(pairs[position + 1], prefix + machine.string(slice), depth + 1)
        case .int(let number): try walk(pairs[position + 1], "\(prefix)\(number)", depth + 1)
        default: continue
        }
      }
    case .list(let index):
      for (number, element) in machine.lists[index].enumerated() {
        try walk(element, "\(prefix)\(number)", depth + 1)
      }
    case .tuple(let slice):
      for (number, element) in machine.elements(slice).enumerated() {
        try walk(element, "\(prefix)\(number)", depth + 1)
      }
    default: break
    }
  }
}
