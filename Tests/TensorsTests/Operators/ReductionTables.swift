import Tensors

extension OperatorFamily {
  static var reductions: OperatorFamily {
    OperatorFamily(
      "reductions", [[[3, 4, 5], [1], [1]], [[2, 1, 3], [1], [1]]],
      [
        OperatorCase("x.sum()") { try $0.x.sum() },
        OperatorCase("x.mean()") { try $0.x.mean() },
        OperatorCase("x.sum((0, 2), keepdim=True)") { try $0.x.sum(0, 2, keepDimensions: true) },
        OperatorCase("x.mean(2)") { try $0.x.mean(2) },
        OperatorCase("x.var(2)") { try $0.x.variance(2) },
        OperatorCase("x.var((0, 1), correction=0, keepdim=True)") {
          try $0.x.variance(0, 1, correction: 0, keepDimensions: true)
        },
        OperatorCase("x.std((0, 2))") { try $0.x.standardDeviation(0, 2) },
        OperatorCase("x.std(0, correction=0)") { try $0.x.standardDeviation(0, correction: 0) },
        OperatorCase("x.max()") { try $0.x.max() },
        OperatorCase("x.min()") { try $0.x.min() },
        OperatorCase("x.amax((1, 2))") { try $0.x.max(1, 2) },
        OperatorCase("x.amin(0, keepdim=True)") { try $0.x.min(0, keepDimensions: true) },
        OperatorCase("x.argmax(1)", gradient: false) { try $0.x.argmax(1) },
        OperatorCase("x.argmin(-1)", gradient: false) { try $0.x.argmin(-1) },
        OperatorCase("x.norm()") { try $0.x.norm() },
        OperatorCase("torch.linalg.vector_norm(x, 2, (1, 2))") { try $0.x.norm(1, 2) },
        OperatorCase("torch.linalg.vector_norm(x, 1, 0, keepdim=True)") {
          try $0.x.norm(0, order: 1, keepDimensions: true)
        },
        OperatorCase("torch.linalg.vector_norm(x, float('inf'), 2)") { try $0.x.norm(2, order: .infinity) },
        OperatorCase("x.logsumexp((0, 2))") { try $0.x.logSumExp(0, 2) },
        OperatorCase("(100 * x).logsumexp(1, keepdim=True)") { try (100 * $0.x).logSumExp(1, keepDimensions: true) },
        OperatorCase("x.prod(1)") { try $0.x.product(1) },
        OperatorCase("x.cumsum(1)") { try $0.x.cumulativeSum(1) },
      ])
  }

  static var fourier: OperatorFamily {
    OperatorFamily(
      "Fourier", [[[2, 3, 8], [8], [1]], [[1, 9], [8], [1]]],
      [
        OperatorCase("torch.view_as_real(torch.fft.fft(x))", half: false) { try $0.x.fourier().realView() },
        OperatorCase("torch.view_as_real(torch.fft.fft(x, 6, 0))", half: false) {
          try $0.x.fourier(length: 6, dimension: 0).realView()
        },
        OperatorCase("torch.view_as_real(torch.fft.ifft(x, dim=-2).resolve_conj())", half: false) {
          try $0.x.inverseFourier(dimension: -2).realView()
        },
        OperatorCase("torch.view_as_real(torch.fft.rfft(x))", half: false) { try $0.x.realFourier().realView() },
        OperatorCase("torch.fft.rfft(x, n=4).abs()", half: false) { try $0.x.realFourier(length: 4).abs() },
        OperatorCase("torch.fft.irfft(torch.fft.rfft(x), n=5)", half: false) {
          try $0.x.realFourier().inverseRealFourier(length: 5)
        },
        OperatorCase(
          "torch.view_as_real(torch.fft.ifft(torch.view_as_complex(torch.stack([x, 2 * x], -1))))", half: false
        ) {
          try Tensor.stacked([$0.x, 2 * $0.x], dimension: -1).complexView().inverseFourier().realView()
        },
        OperatorCase(
          "torch.view_as_real(torch.stft(x.reshape(-1, x.shape[-1]), 8, 2, window=y, return_complex=True))", half: false
        ) {
          try $0.x.reshaped([-1, $0.x.size(-1)]).shortTimeFourier(size: 8, hop: 2, window: $0.y).realView()
        },
        OperatorCase(
          "torch.stft(x.reshape(-1, x.shape[-1]), 8, 3, window=y, center=False, return_complex=True).abs()", half: false
        ) {
          try $0.x.reshaped([-1, $0.x.size(-1)]).shortTimeFourier(size: 8, hop: 3, window: $0.y, isCentered: false)
            .abs()
        },
        OperatorCase("torch.hann_window(10, dtype=x.dtype)", gradient: false, half: false) {
          try Tensor.hannWindow(10, dtype: $0.x.dtype)
        },
      ])
  }

  static var losses: OperatorFamily {
    OperatorFamily(
      "losses", [[[5, 4], [5, 4], [4]]],
      [
        OperatorCase("F.cross_entropy(x, i[:, 0] + 2)", half: false) {
          try $0.x.crossEntropy(($0.i[.all, 0] + 2).converted(to: .int64))
        },
        OperatorCase("F.cross_entropy(x, i[:, 1], z.detach().exp(), label_smoothing=0.1)", half: false) {
          try $0.x.crossEntropy($0.i[.all, 1], weight: $0.z.detached().exp(), smoothing: 0.1)
        },
        OperatorCase("F.cross_entropy(x, y.softmax(1), z.detach(), reduction='none')", half: false) {
          try $0.x.crossEntropy($0.y.softmax(1), weight: $0.z.detached(), reduction: .none)
        },
        OperatorCase("F.cross_entropy(x, y.softmax(1), reduction='sum')", half: false) {
          try $0.x.crossEntropy($0.y.softmax(1), reduction: .sum)
        },
        OperatorCase("F.binary_cross_entropy_with_logits(x, y.sigmoid())") {
          try $0.x.binaryCrossEntropy($0.y.sigmoid())
        },
        OperatorCase("F.binary_cross_entropy_with_logits(30 * x, y.sigmoid(), reduction='none')") {
          try (30 * $0.x).binaryCrossEntropy($0.y.sigmoid(), reduction: .none)
        },
      ])
  }
}
