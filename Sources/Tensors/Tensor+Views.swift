/// How one dimension of a tensor is indexed: an index, a range, everything, a new dimension, or a tensor of indices.
public protocol TensorIndex {
  /// The index in the form that the subscript works with.
  var tensorIndexing: TensorIndexing { get }
}

/// The forms that an index of one dimension takes.
public enum TensorIndexing: TensorIndex {
  /// One element; negative counts from the end. The dimension goes.
  case element(Int)
  /// From `start` to, not including, `end`, every `step`th; negative ends count from the end, nil reaches it.
  case slice(start: Int?, end: Int?, step: Int)
  /// A new dimension of size 1.
  case newAxis
  /// As many whole dimensions as the other indices leave.
  case ellipsis

  /// The whole dimension.
  public static var all: TensorIndexing { .slice(start: nil, end: nil, step: 1) }

  /// Every `step`th element of the dimension.
  public static func every(_ step: Int) -> TensorIndexing { .slice(start: nil, end: nil, step: step) }

  /// Itself.
  public var tensorIndexing: TensorIndexing { self }
}

extension Int: TensorIndex {
  /// One element.
  public var tensorIndexing: TensorIndexing { .element(self) }
}
extension Range<Int>: TensorIndex {
  /// The elements of the range.
  public var tensorIndexing: TensorIndexing { .slice(start: lowerBound, end: upperBound, step: 1) }
}
extension ClosedRange<Int>: TensorIndex {
  /// The elements of the range; up to -1 is up to the last.
  public var tensorIndexing: TensorIndexing {
    .slice(start: lowerBound, end: upperBound == -1 ? nil : upperBound + 1, step: 1)
  }
}
extension PartialRangeFrom<Int>: TensorIndex {
  /// The elements from the bound on.
  public var tensorIndexing: TensorIndexing { .slice(start: lowerBound, end: nil, step: 1) }
}
extension PartialRangeUpTo<Int>: TensorIndex {
  /// The elements before the bound.
  public var tensorIndexing: TensorIndexing { .slice(start: nil, end: upperBound, step: 1) }
}

extension Tensor {
  /// A view of part of the tensor, such as `x[0, 1..<3, .ellipsis]`. Throws for an index that does not exist.
  public subscript(indices: any TensorIndex...) -> Tensor {
    get throws {
      var view = self
      var dimension = 0
      let indexing = indices.map(\.tensorIndexing)
      for (position, index) in indexing.enumerated() {
        switch index {
        case .element(let element): view = try view.select(dimension, element)
        case .slice(nil, nil, 1): dimension += 1
        case .slice(let start, let end, let step):
          view = try Op.slice(.tensor(view), .int(dimension), .int(start), .int(end), .int(step))
          dimension += 1
        case .newAxis:
          view = try view.unsqueezed(dimension)
          dimension += 1
        case .ellipsis:
          let following = indexing[(position + 1)...].count { if case .newAxis = $0 { false } else { true } }
          dimension = Swift.max(dimension, view.rank - following)
        }
      }
      return view
    }
  }

  /// The view at one index of a dimension, without that dimension.
  public func select(_ dimension: Int, _ index: Int) throws -> Tensor {
    try Op.select(.tensor(self), .int(dimension), .int(index))
  }

  /// A view of `length` elements of a dimension from `start`.
  public func narrowed(_ dimension: Int, start: Int, length: Int) throws -> Tensor {
    try Op.narrow(.tensor(self), .int(dimension), .int(start), .int(length))
  }

  /// The same elements in another shape, of which one size may be -1; a view where memory allows, else a copy.
  public func reshaped(_ shape: [Int]) throws -> Tensor { try Op.reshape(.tensor(self), .ints(shape)) }

  /// A view with two dimensions exchanged.
  public func transposed(_ a: Int = -2, _ b: Int = -1) throws -> Tensor {
    try Op.transpose(.tensor(self), .int(a), .int(b))
  }

  /// A view with the dimensions in another order.
  public func permuted(_ dimensions: [Int]) throws -> Tensor { try Op.permute(.tensor(self), .ints(dimensions)) }

  /// A view with a new dimension of size 1.
  public func unsqueezed(_ dimension: Int) throws -> Tensor { try Op.unsqueeze(.tensor(self), .int(dimension)) }

  /// A view without a dimension of size 1.
  public func squeezed(_ dimension: Int) throws -> Tensor { try Op.squeeze(.tensor(self), .int(dimension)) }

  /// A view with dimensions of size 1 repeated to a shape; -1 keeps a size.
  public func expanded(_ shape: [Int]) throws -> Tensor { try Op.expand(.tensor(self), .ints(shape)) }

  /// Views of parts of a dimension, of the given sizes.
  public func split(_ sizes: [Int], dimension: Int) throws -> [Tensor] {
    try Op.split.tensors(.tensor(self), .ints(sizes), .int(dimension))
  }

  /// Views of `count` equal parts of a dimension.
  public func chunked(_ count: Int, dimension: Int) throws -> [Tensor] {
    try Op.chunk.tensors(.tensor(self), .int(count), .int(dimension))
  }

  /// Overlapping windows of a dimension: view (…, windows, …, size).
  public func windows(size: Int, step: Int, dimension: Int = -1) throws -> Tensor {
    try Op.unfold(.tensor(self), .int(dimension), .int(size), .int(step))
  }

  /// Tensors joined along a dimension.
  public static func concatenated(_ tensors: [Tensor], dimension: Int = 0) throws -> Tensor {
    try Op.cat(.tensors(tensors), .int(dimension))
  }

  /// Tensors of one shape side by side along a new dimension.
  public static func stacked(_ tensors: [Tensor], dimension: Int = 0) throws -> Tensor {
    try Op.stack(.tensors(tensors), .int(dimension))
  }

  /// The elements with a border of one value; `padding` counts (before, after) pairs from the last dimension.
  public func padded(_ padding: [Int], value: Double = 0) throws -> Tensor {
    try Op.pad(.tensor(self), .ints(padding), .double(value))
  }

  private enum Op {
    static let slice = Operator("aten::slice", "Tensor")
    static let select = Operator("aten::select", "int")
    static let narrow = Operator("aten::narrow")
    static let reshape = Operator("aten::reshape")
    static let transpose = Operator("aten::transpose", "int")
    static let permute = Operator("aten::permute")
    static let unsqueeze = Operator("aten::unsqueeze")
    static let squeeze = Operator("aten::squeeze", "dim")
    static let expand = Operator("aten::expand")
    static let split = Operator("aten::split_with_sizes")
    static let chunk = Operator("aten::chunk")
    static let unfold = Operator("aten::unfold")
    static let cat = Operator("aten::cat")
    static let stack = Operator("aten::stack")
    static let pad = Operator("aten::constant_pad_nd")
  }
}
