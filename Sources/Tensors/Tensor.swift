import CTorch

/// An array of numbers of any number of dimensions, on a device, held by LibTorch.
///
/// A tensor is a reference: views share their elements with the tensor that they came from, and the methods whose names
/// end in `InPlace` change them for all. It is not Sendable; hand one to another task only with `sending`.
public final class Tensor {
  let handle: CTTensor

  /// Takes over a reference that C handed out.
  init(owning handle: CTTensor) { self.handle = handle }

  deinit { ct_tensor_release(handle) }

  /// The size of each dimension.
  public var shape: [Int] {
    let dimensions = Int(ct_tensor_dimensions(handle))
    return [Int](unsafeUninitializedCapacity: dimensions) { buffer, count in
      for i in 0..<dimensions { buffer.initializeElement(at: i, to: Int(ct_tensor_size(handle, Int64(i)))) }
      count = dimensions
    }
  }

  /// The number of dimensions.
  public var rank: Int { Int(ct_tensor_dimensions(handle)) }

  /// The size of one dimension; negative counts from the last. A dimension that does not exist has size 0.
  public func size(_ dimension: Int) -> Int {
    let position = dimension < 0 ? dimension + rank : dimension
    return position >= 0 && position < rank ? Int(ct_tensor_size(handle, Int64(position))) : 0
  }

  /// The number of elements.
  public var count: Int { Int(ct_tensor_count(handle)) }

  /// The type of the elements.
  public var dtype: DType { DType(code: ct_tensor_dtype(handle)) ?? .uint8 }

  /// Where the elements are.
  public var device: Device {
    Device(code: ct_tensor_device_type(handle), index: ct_tensor_device_index(handle)) ?? .cpu
  }

  /// Whether the elements stand in memory in row-major order without gaps.
  public var isContiguous: Bool { ct_tensor_is_contiguous(handle) }
}

extension Tensor: CustomStringConvertible {
  /// Such as `float32 (2, 3)`, with the device where it is not the CPU.
  public var description: String {
    let place = device == .cpu ? "" : " on \(device)"
    return "\(dtype.rawValue) (\(shape.map(String.init).joined(separator: ", ")))\(place)"
  }
}
