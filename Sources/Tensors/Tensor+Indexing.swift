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
  case insertion
  /// As many whole dimensions as the other indices leave.
  case remainder
  /// The elements that an int64 tensor names, or that are true in a bool tensor, which spans as many dimensions as it has.
  /// Several tensors broadcast to one shape and name elements together, as in NumPy; the result is a copy.
  case tensor(Tensor)

  /// Itself.
  public var tensorIndexing: TensorIndexing { self }

  /// How many dimensions of the tensor it speaks of; nil for those that the others leave.
  var dimensions: Int? {
    switch self {
    case .element, .slice: 1
    case .insertion: 0
    case .remainder: nil
    case .tensor(let tensor): tensor.dtype == .bool ? tensor.rank : 1
    }
  }
}

extension TensorIndex where Self == TensorIndexing {
  /// The whole dimension.
  public static var all: TensorIndexing { .slice(start: nil, end: nil, step: 1) }

  /// Every `step`th element of the dimension.
  public static func every(_ step: Int) -> TensorIndexing { .slice(start: nil, end: nil, step: step) }

  /// A new dimension of size 1.
  public static var newAxis: TensorIndexing { .insertion }

  /// As many whole dimensions as the other indices leave.
  public static var ellipsis: TensorIndexing { .remainder }
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
extension Tensor: TensorIndex {
  /// The elements that the tensor names.
  public var tensorIndexing: TensorIndexing { .tensor(self) }
}

extension Tensor {
  /// Part of the tensor, such as `x[0, 1..<3, .ellipsis]`: a view, or a copy where a tensor is among the indices. Throws
  /// for an index that does not exist; a range is cut off at the ends, as in PyTorch.
  public subscript(indices: any TensorIndex...) -> Tensor {
    get throws {
      let (view, chosen) = try located(indices.map(\.tensorIndexing))
      return chosen.isEmpty ? view : try Op.index(.tensor(view), .optionalTensors(chosen))
    }
  }

  /// Overwrites part of the tensor, named as in the subscript, with a tensor that broadcasts to it.
  @discardableResult
  public func setInPlace(_ indices: any TensorIndex..., to source: Tensor) throws -> Tensor {
    let (view, chosen) = try located(indices.map(\.tensorIndexing))
    if chosen.isEmpty {
      _ = try view.copyInPlace(source)
    } else {
      _ = try Op.indexPut(.tensor(view), .optionalTensors(chosen), .tensor(source))
    }
    return self
  }

  /// Adds a tensor to the part of this one that an int64 tensor names along the first dimension; what is named twice gets
  /// both.
  @discardableResult
  public func addInPlace(at indices: Tensor, _ source: Tensor) throws -> Tensor {
    _ = try Op.indexPut(.tensor(self), .optionalTensors([indices]), .tensor(source), true)
    return self
  }

  /// The view that all indices but tensors name, and for its dimensions the tensors; none where there is no tensor.
  private func located(_ indexing: [TensorIndexing]) throws -> (view: Tensor, chosen: [Tensor?]) {
    var view = self
    var (dimension, covered) = (0, 0)
    var chosen: [Tensor?] = []
    for (position, index) in indexing.enumerated() {
      switch index {
      case .element(let element): view = try view.select(dimension, element)
      case .slice(nil, nil, 1): dimension += 1
      case .slice(let start, let end, let step):
        view = try Op.slice(.tensor(view), .int(dimension), .int(start), .int(end), .int(step))
        dimension += 1
      case .insertion:
        view = try view.unsqueezed(dimension)
        dimension += 1
      case .remainder:
        let following = indexing[(position + 1)...].reduce(0) { $0 + ($1.dimensions ?? 0) }
        dimension = Swift.max(dimension, view.rank - following)
      case .tensor(let tensor):
        // A mask is one entry that stands for all of its dimensions.
        chosen += [Tensor?](repeating: nil, count: dimension - covered) + [tensor]
        dimension += index.dimensions ?? 1
        covered = dimension
      }
    }
    return (view, chosen)
  }

  private enum Op {
    static let slice = Operator("aten::slice", "Tensor")
    static let index = Operator("aten::index", "Tensor")
    static let indexPut = Operator("aten::index_put_")
  }
}
