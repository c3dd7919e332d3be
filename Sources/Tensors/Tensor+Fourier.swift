extension Tensor {
  /// The discrete Fourier transform along a dimension, of which `length` samples are used (zeros fill up): complex.
  public func fourier(length: Int? = nil, dimension: Int = -1) throws -> Tensor {
    try Op.fft(.tensor(self), .int(length), .int(dimension))
  }

  /// The inverse of `fourier`, divided by the length: complex.
  public func inverseFourier(length: Int? = nil, dimension: Int = -1) throws -> Tensor {
    try Op.ifft(.tensor(self), .int(length), .int(dimension))
  }

  /// The discrete Fourier transform of a real signal along the last dimension, of which `length` samples are used:
  /// complex (…, length / 2 + 1).
  public func realFourier(length: Int? = nil) throws -> Tensor { try Op.rfft(.tensor(self), .int(length)) }

  /// The real signal of `length` samples that a half spectrum belongs to.
  public func inverseRealFourier(length: Int) throws -> Tensor { try Op.irfft(.tensor(self), .int(length)) }

  /// The short-time Fourier transform of a real signal (…, samples): complex (…, size / 2 + 1, frames).
  ///
  /// - Parameters:
  ///   - size: samples in a frame
  ///   - hop: samples between the beginnings of frames
  ///   - window: (size), multiplied with each frame
  ///   - isCentered: whether the signal is continued by its mirror image, so that frame i is centred on sample i * hop
  public func shortTimeFourier(size: Int, hop: Int, window: Tensor, isCentered: Bool = true) throws -> Tensor {
    try Op.stft(
      .tensor(self), .int(size), .int(hop), .int(size), .tensor(window), .bool(isCentered), .string("reflect"), false,
      true, true)
  }

  /// Hann's window for spectra: periodic, (size).
  public static func hannWindow(_ size: Int, dtype: DType = .float32, device: Device = .cpu) throws -> Tensor {
    try Op.hann(.int(size), .dtype(dtype), nil, .device(device))
  }

  /// The real and imaginary parts of complex elements: real view (…, 2), or a copy of what is only marked as conjugated.
  public func realView() throws -> Tensor { try Op.viewAsReal(.tensor(Op.resolveConjugate(.tensor(self)))) }

  /// Complex numbers of their parts: complex view of (…, 2).
  public func complexView() throws -> Tensor { try Op.viewAsComplex(.tensor(self)) }

  private enum Op {
    static let fft = Operator("aten::fft_fft")
    static let ifft = Operator("aten::fft_ifft")
    static let rfft = Operator("aten::fft_rfft")
    static let irfft = Operator("aten::fft_irfft")
    static let stft = Operator("aten::stft", "center")
    static let hann = Operator("aten::hann_window")
    static let resolveConjugate = Operator("aten::resolve_conj")
    static let viewAsReal = Operator("aten::view_as_real")
    static let viewAsComplex = Operator("aten::view_as_complex")
  }
}
