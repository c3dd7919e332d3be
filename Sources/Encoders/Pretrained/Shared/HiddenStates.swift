import Tensors

/// Collects an encoder's hidden states as they come and keeps what a selection needs, no more.
struct HiddenStates {
  private let selection: LayerSelection
  private let wanted: ClosedRange<Int>
  private var kept: [Tensor] = []
  private var sum: Tensor?

  init(_ selection: LayerSelection, layers: Int) throws {
    self.selection = selection
    wanted = try selection.states(layers: layers)
  }

  /// Whether states beyond this one are of no use.
  func isComplete(after state: Int) -> Bool { state >= wanted.upperBound }

  /// Takes a state, (rows, width).
  mutating func take(_ state: Int, _ rows: Tensor) throws {
    guard wanted.contains(state) else { return }
    switch selection {
    case .last, .index, .all, .each: kept.append(rows)
    case .mean, .sum:
      // Sums of many layers in bfloat16 would lose what the later ones add.
      let exact = try rows.converted(to: .float32)
      sum = try sum.map { try $0 + exact } ?? exact
    }
  }

  /// (rows, width), or (states, rows, width) where they are stacked.
  func result() throws -> Tensor {
    switch selection {
    case .all, .each: return try Tensor.stacked(kept)
    case .mean:
      guard let sum else { break }
      return try sum / Double(wanted.count)
    case .sum:
      guard let sum else { break }
      return sum
    case .last, .index:
      guard let only = kept.first else { break }
      return only
    }
    throw EncoderError.noSuchLayer(selection: selection.description, layers: 0)
  }
}

extension LayerSelection {
  /// What this selection is of all hidden states, (states, rows, width).
  func selected(from all: Tensor) throws -> Tensor {
    if case .all = self { return all }
    var states = try HiddenStates(self, layers: all.size(0) - 1)
    for state in 0..<all.size(0) { try states.take(state, all[state]) }
    return try states.result()
  }
}
