import Tensors

extension OperatorFamily {
  static var views: OperatorFamily {
    OperatorFamily(
      "views", [[[3, 4, 5], [3, 4, 5], [1]], [[3, 4, 6], [3, 4, 6], [1]]],
      [
        OperatorCase("x[1]") { try $0.x[1] },
        OperatorCase("x[-1, 0, 1:3]") { try $0.x[-1, 0, 1..<3] },
        OperatorCase("x[:, ::2, None, 1:-1]") {
          try $0.x[.all, .every(2), .newAxis, TensorIndexing.slice(start: 1, end: -1, step: 1)]
        },
        OperatorCase("x[..., 2:, None]") { try $0.x[.ellipsis, 2..., .newAxis] },
        OperatorCase("x[0, ..., -3:]") { try $0.x[0, .ellipsis, -3 ... -1] },
        OperatorCase("x[:2, ..., :1]") { try $0.x[..<2, .ellipsis, ..<1] },
        OperatorCase("x[torch.tensor([2, 0, 2])]") { try $0.x[Tensor([2, 0, 2])] },
        OperatorCase("x[1:, :, torch.tensor([[3], [0]])]") { try $0.x[1..., .all, Tensor([3, 0], shape: [2, 1])] },
        OperatorCase("x[torch.tensor([2, 0]), torch.tensor([1, 3])]") { try $0.x[Tensor([2, 0]), Tensor([1, 3])] },
        OperatorCase("x[torch.tensor([2, 0]), :, torch.tensor([1, 3])]") {
          try $0.x[Tensor([2, 0]), .all, Tensor([1, 3])]
        },
        OperatorCase("x[y > 0.2]") { try $0.x[$0.y .> 0.2] },
        OperatorCase("x[y[..., 0] > 0, 1:4]") { try $0.x[$0.y[.ellipsis, 0] .> 0, 1..<4] },
        OperatorCase("x[1, y[1, :, 0] > 0]") { try $0.x[1, $0.y[1, .all, 0] .> 0] },
        OperatorCase("x[..., y[0, 0] > 0]") { try $0.x[.ellipsis, $0.y[0, 0] .> 0] },
        OperatorCase("x[y[..., 0] > 0, torch.tensor([1])]") { try $0.x[$0.y[.ellipsis, 0] .> 0, Tensor([1])] },
        OperatorCase("torch.cat([x[:1], y[:1] * 2, x[2:]])") {
          try ($0.x * 1).setInPlace(1, to: $0.y[0] * 2)
        },
        OperatorCase("x.index_put((torch.tensor([2, 0]),), y[1])") {
          try ($0.x * 1).setInPlace(Tensor([2, 0]), to: $0.y[1])
        },
        OperatorCase("torch.where(y > 0.2, y[0, 0, 0], x)") {
          try ($0.x * 1).setInPlace($0.y .> 0.2, to: $0.y[0, 0, 0])
        },
        OperatorCase("x.index_put((torch.tensor([2, 0, 2]),), y, accumulate=True)") {
          try ($0.x * 1).addInPlace(at: Tensor([2, 0, 2]), $0.y)
        },
        OperatorCase("x.reshape(4, -1)") { try $0.x.reshaped([4, -1]) },
        OperatorCase("x.mT @ y") { try $0.x.transposed().matmul($0.y) },
        OperatorCase("x.transpose(0, 2)") { try $0.x.transposed(0, 2) },
        OperatorCase("x.permute(2, 0, 1)") { try $0.x.permuted([2, 0, 1]) },
        OperatorCase("x.narrow(2, 1, 3)") { try $0.x.narrowed(2, start: 1, length: 3) },
        OperatorCase("x[:, :1].squeeze(1)") { try $0.x[.all, ..<1].squeezed(1) },
        OperatorCase("x[:1].expand(3, -1, -1)") { try $0.x[..<1].expanded([3, -1, -1]) },
        OperatorCase("x.split([1, 3], 1)[1]") { try $0.x.split([1, 3], dimension: 1)[1] },
        OperatorCase("x.chunk(2, 1)[1]") { try $0.x.chunked(2, dimension: 1)[1] },
        OperatorCase("x.unbind(1)[2]") { try $0.x.unbound(1)[2] },
        OperatorCase("x.unfold(2, 3, 2)") { try $0.x.windows(size: 3, step: 2) },
        OperatorCase("torch.cat([x, y], 2)") { try .concatenated([$0.x, $0.y], dimension: 2) },
        OperatorCase("torch.stack([x, y], 1)") { try .stacked([$0.x, $0.y], dimension: 1) },
        OperatorCase("x.roll(2, 1)") { try $0.x.rolled(2, 1) },
        OperatorCase("x.roll(-1, -1)") { try $0.x.rolled(-1, -1) },
        OperatorCase("x.flip(0, 2)") { try $0.x.flipped(0, 2) },
        OperatorCase("x.repeat(2, 1, 1, 3)") { try $0.x.repeated([2, 1, 1, 3]) },
        OperatorCase("x.repeat_interleave(3, 1)") { try $0.x.repeatInterleaved(3, 1) },
        OperatorCase("x.tril(1) + y.triu(-1)") {
          try $0.x.lowerTriangle(diagonal: 1) + $0.y.upperTriangle(diagonal: -1)
        },
        OperatorCase("F.pad(x, (1, 2, 0, 3), value=7)") { try $0.x.padded([1, 2, 0, 3], value: 7) },
        OperatorCase("F.pad(x, (3, 1), mode='reflect')") { try $0.x.padded(before: 3, after: 1, with: .reflect) },
        OperatorCase("F.pad(x, (1, 4), mode='replicate')") { try $0.x.padded(before: 1, after: 4, with: .replicate) },
      ])
  }

  static var gathering: OperatorFamily {
    OperatorFamily(
      "gathering", [[[3, 4, 5], [3, 4, 5], [2, 5]], [[2, 4, 3], [2, 4, 3], [2, 3]]],
      [
        OperatorCase("x.index_select(1, torch.tensor([3, 0]))") { try $0.x.indexSelected(1, Tensor([3, 0])) },
        OperatorCase("x.index_select(0, torch.tensor([], dtype=torch.int64))") {
          try $0.x.indexSelected(0, Tensor([Int]()))
        },
        OperatorCase("x.gather(1, i)") { try $0.x.gathered(1, $0.i) },
        OperatorCase("F.embedding(i, z)") { try $0.z.embedding($0.i) },
        OperatorCase("F.embedding(i, z, padding_idx=1)") { try $0.z.embedding($0.i, paddingIndex: 1) },
        OperatorCase("x.scatter(2, i[..., :1], y[..., :1])") {
          try $0.x.scattered(2, $0.i[.ellipsis, ..<1], $0.y[.ellipsis, ..<1])
        },
        OperatorCase("x.scatter(1, i, 5)") { try $0.x.scattered(1, $0.i, 5) },
        OperatorCase("x.scatter_add(0, i, y)") { try $0.x.scatterAdded(0, $0.i, $0.y) },
        OperatorCase("x.index_add(1, torch.tensor([3, 3, 0, 1]), y)") {
          try $0.x.indexAdded(1, Tensor([3, 3, 0, 1]), $0.y)
        },
        OperatorCase("x.masked_select(y > 0)") { try $0.x.selected($0.y .> 0) },
        OperatorCase("(x > 0.3).nonzero()", gradient: false) { try ($0.x .> 0.3).nonzero() },
        OperatorCase("x.sort(1, descending=True).values") { try $0.x.sorted(1, descending: true).values },
        OperatorCase("x.sort(-1).indices", gradient: false) { try $0.x.sorted().indices },
        OperatorCase("i.argsort(dim=1, stable=True)", gradient: false) { try $0.i.argsort(1) },
        OperatorCase("x.argsort(descending=True, stable=True)", gradient: false) { try $0.x.argsort(descending: true) },
        OperatorCase("x.topk(2).values") { try $0.x.topk(2).values },
        OperatorCase("x.topk(3, 1, largest=False).values") { try $0.x.topk(3, 1, largest: false).values },
        OperatorCase("x.topk(1, 0).indices", gradient: false) { try $0.x.topk(1, 0).indices },
      ])
  }
}
