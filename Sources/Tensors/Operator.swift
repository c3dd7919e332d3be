import CTorch
import Foundation

/// One operator of LibTorch, found by its schema name the first time it is used and kept for the life of the process.
struct Operator: @unchecked Sendable {
  let name: String
  /// The handle is immutable and lives for ever, hence may be shared by all threads.
  private let handle: Result<CTOperator, TensorError>

  /// An operator such as `aten::add` with its overload, such as `Tensor`.
  init(_ name: String, _ overload: String = "") {
    self.name = overload.isEmpty ? name : "\(name).\(overload)"
    do throws(TensorError) {
      var found: CTOperator?
      try check(ct_operator_find(name, overload, &found), "finding the operator \(self.name)")
      guard let found else { throw TensorError(operation: self.name, message: "the operator was not found") }
      handle = .success(found)
    } catch {
      handle = .failure(error)
    }
  }

  /// Whether this LibTorch has the operator.
  var isAvailable: Bool { (try? handle.get()) != nil }

  /// Calls an operator that returns one tensor.
  func callAsFunction(_ arguments: Argument...) throws -> Tensor {
    try call(arguments) { results in
      guard results.count == 1, results[0].tag == CTTagTensor, let pointer = results[0].pointer else {
        throw TensorError(operation: name, message: "returned something else than one tensor")
      }
      return Tensor(owning: OpaquePointer(pointer))
    }
  }

  /// Calls an operator that returns several tensors, or a list of them; those it leaves undefined are left out.
  func tensors(_ arguments: Argument...) throws -> [Tensor] {
    try call(arguments) { results in results.flatMap(Self.adopt) }
  }

  /// Calls an operator for its effect.
  func perform(_ arguments: Argument...) throws {
    try call(arguments) { results in for result in results { _ = Self.adopt(result) } }
  }

  /// Takes over the tensors of a result.
  private static func adopt(_ result: CTValue) -> [Tensor] {
    guard let pointer = result.pointer else { return [] }
    switch result.tag {
    case CTTagTensor: return [Tensor(owning: OpaquePointer(pointer))]
    case CTTagTensors:
      let list = UnsafeMutableRawPointer(mutating: pointer)
      defer { free(list) }
      let handles = UnsafeBufferPointer(
        start: list.assumingMemoryBound(to: OpaquePointer?.self), count: Int(result.count))
      return handles.compactMap { $0.map(Tensor.init(owning:)) }
    default: return []
    }
  }

  private func call<Output>(
    _ arguments: [Argument], _ read: (UnsafeMutableBufferPointer<CTValue>) throws -> Output
  ) throws -> Output {
    let handle = try handle.get()
    let wordCount = arguments.reduce(0) { $0 + $1.wordCount }
    return try withUnsafeTemporaryAllocation(of: UInt64.self, capacity: max(wordCount, 1)) { words in
      try withUnsafeTemporaryAllocation(of: CTValue.self, capacity: arguments.count + Self.mostResults) { values in
        guard let start = values.baseAddress, var next = words.baseAddress else {
          throw TensorError(operation: name, message: "no memory for its arguments")
        }
        for (i, argument) in arguments.enumerated() {
          argument.write(to: start + i, words: next)
          next += argument.wordCount
        }
        let results = start + arguments.count
        var count = 0
        // The arguments own the tensors whose handles C now reads.
        try withExtendedLifetime(arguments) {
          try check(
            ct_operator_call(handle, start, arguments.count, results, Self.mostResults, &count), name,
            arguments.map(\.description))
        }
        return try read(UnsafeMutableBufferPointer(start: results, count: count))
      }
    }
  }

  /// No operator that Affect calls returns more values.
  private static let mostResults = 8
}
