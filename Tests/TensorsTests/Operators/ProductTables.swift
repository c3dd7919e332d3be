import Tensors

extension OperatorFamily {
  static var products: OperatorFamily {
    OperatorFamily(
      "products", [[[3, 4, 5], [3, 5, 2], [3, 4, 2]], [[1, 2, 3], [1, 3, 3], [1, 2, 3]]],
      [
        OperatorCase("x @ y") { try $0.x.matmul($0.y) },
        OperatorCase("x[0] @ y") { try $0.x[0].matmul($0.y) },
        OperatorCase("x @ y[0, :, 0]") { try $0.x.matmul($0.y[0, .all, 0]) },
        OperatorCase("F.linear(x, y[0].mT, z[0, 0])") { try $0.x.linear($0.y[0].transposed(), bias: $0.z[0, 0]) },
        OperatorCase("F.linear(x, y[0].mT)") { try $0.x.linear($0.y[0].transposed()) },
        OperatorCase("torch.einsum('bij,bjk->bk', x, y)") { try .einsum("bij,bjk->bk", $0.x, $0.y) },
        OperatorCase("torch.einsum('bij,bjk,bik->b', x, y, z)") { try .einsum("bij,bjk,bik->b", $0.x, $0.y, $0.z) },
        OperatorCase("torch.baddbmm(z, x, y, beta=0.5, alpha=2)") {
          try $0.z.addingBatchedProduct($0.x, $0.y, scale: 0.5, productScale: 2)
        },
        OperatorCase("F.scaled_dot_product_attention(x, x * 2, x - 1, scale=0.3, is_causal=True)") {
          try $0.x.attended(key: $0.x * 2, value: $0.x - 1, isCausal: true, scale: 0.3)
        },
        OperatorCase("F.scaled_dot_product_attention(x, x * 2, x - 1, attn_mask=(x @ x.mT) > -1)") {
          try $0.x.attended(key: $0.x * 2, value: $0.x - 1, mask: $0.x.matmul($0.x.transposed()) .> -1)
        },
      ])
  }

  static var convolution: OperatorFamily {
    OperatorFamily(
      "convolution", [[[2, 4, 9], [6, 4, 3], [6]], [[1, 4, 5], [2, 4, 3], [2]]],
      [
        OperatorCase("F.conv1d(x, y, z)") { try $0.x.convolved($0.y, bias: $0.z) },
        OperatorCase("F.conv1d(x, y, stride=2, padding=3)") { try $0.x.convolved($0.y, stride: 2, padding: 3) },
        OperatorCase("F.conv1d(x, y, z, padding=1, dilation=2)") {
          try $0.x.convolved($0.y, bias: $0.z, padding: 1, dilation: 2)
        },
        OperatorCase("F.conv1d(x, y[:, :2], z, stride=2, groups=2)") {
          try $0.x.convolved($0.y[.all, ..<2], bias: $0.z, stride: 2, groups: 2)
        },
        OperatorCase("torch._weight_norm(y, x[:1, :1, :1] * torch.ones(y.shape[0], 1, 1, dtype=x.dtype), 0)") {
          try $0.y.weightNormalized(
            lengths: $0.x[..<1, ..<1, ..<1] * Tensor.ones([$0.y.size(0), 1, 1], dtype: $0.x.dtype), dimension: 0)
        },
        OperatorCase("torch._weight_norm(y, x[:1, :1, :3], 2)") {
          try $0.y.weightNormalized(lengths: $0.x[..<1, ..<1, ..<3], dimension: 2)
        },
        OperatorCase("torch.norm_except_dim(y, 2, 2)") { try $0.y.norms(exceptOver: 2) },
      ])
  }

  static var normalization: OperatorFamily {
    OperatorFamily(
      "normalization", [[[3, 4, 6], [6], [4]], [[2, 4, 5], [5], [4]]],
      [
        OperatorCase("F.layer_norm(x, y.shape, y, y - 1, 0.1)") {
          try $0.x.layerNormalized(weight: $0.y, bias: $0.y - 1, epsilon: 0.1)
        },
        OperatorCase("F.layer_norm(x, y.shape)") { try $0.x.layerNormalized(weight: nil, bias: nil, epsilon: 1e-5) },
        OperatorCase("F.rms_norm(x, y.shape, y, 0.01)") { try $0.x.rmsNormalized(weight: $0.y, epsilon: 0.01) },
        OperatorCase("F.rms_norm(x, y.shape)") { try $0.x.rmsNormalized(weight: nil, epsilon: nil) },
        OperatorCase("F.group_norm(x, 2, z, z + 1, 0.01)") {
          try $0.x.groupNormalized(groups: 2, weight: $0.z, bias: $0.z + 1, epsilon: 0.01)
        },
        OperatorCase("F.batch_norm(x, z.detach(), z.detach().exp(), z, z - 1, eps=0.1)") {
          try $0.x.batchNormalized(
            mean: $0.z.detached(), variance: $0.z.detached().exp(), weight: $0.z, bias: $0.z - 1, isTraining: false,
            epsilon: 0.1)
        },
        OperatorCase("F.batch_norm(x, torch.zeros_like(z), torch.ones_like(z), z, training=True)") {
          try $0.x.batchNormalized(
            mean: $0.z.zerosLike(), variance: $0.z.onesLike(), weight: $0.z, bias: nil, isTraining: true)
        },
      ])
  }
}
