extension Tensor {
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

  /// Views of each element of a dimension, without it.
  public func unbound(_ dimension: Int) throws -> [Tensor] {
    try Op.unbind.tensors(.tensor(self), .int(dimension))
  }

  /// The elements shifted along a dimension; those that leave at one end come in at the other.
  public func rolled(_ shift: Int, _ dimension: Int) throws -> Tensor {
    try Op.roll(.tensor(self), .ints([shift]), .ints([dimension]))
  }

  /// The elements in reverse order along dimensions.
  public func flipped(_ dimensions: Int...) throws -> Tensor { try Op.flip(.tensor(self), .ints(dimensions)) }

  /// The whole tensor so many times along each dimension, of which there may be more in front than it has.
  public func repeated(_ counts: [Int]) throws -> Tensor { try Op.repeat(.tensor(self), .ints(counts)) }

  /// Each element so many times in a row along a dimension.
  public func repeatInterleaved(_ count: Int, _ dimension: Int) throws -> Tensor {
    try Op.repeatInterleave(.tensor(self), .int(count), .int(dimension))
  }

  /// What continues a tensor beyond its ends.
  public enum Border: String, Sendable {
    /// The mirror image, without the last element itself.
    case reflect
    /// The last element.
    case replicate
  }

  /// The elements continued beyond the ends of the last dimension of a tensor of rank 2 or 3.
  public func padded(before: Int, after: Int, with border: Border) throws -> Tensor {
    try Op.padMode(.tensor(self), .ints([before, after]), .string(border.rawValue))
  }

  /// The elements with a border of one value; `padding` counts (before, after) pairs from the last dimension.
  public func padded(_ padding: [Int], value: Double = 0) throws -> Tensor {
    try Op.pad(.tensor(self), .ints(padding), .double(value))
  }

  private enum Op {
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
    static let unbind = Operator("aten::unbind", "int")
    static let roll = Operator("aten::roll")
    static let flip = Operator("aten::flip")
    static let `repeat` = Operator("aten::repeat")
    static let repeatInterleave = Operator("aten::repeat_interleave", "self_int")
    static let padMode = Operator("aten::pad")
    static let pad = Operator("aten::constant_pad_nd")
  }
}
