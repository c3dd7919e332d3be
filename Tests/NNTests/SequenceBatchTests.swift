import NN
import Tensors
import Testing

@Suite struct SequenceBatchTests {
  let generator: Generator
  let lengths = [[4, 1, 3], [2, 5, 5], [1, 1, 2]]
  /// Three streams of three clips, each (frames, 6).
  let clips: [[Tensor]]

  init() throws {
    let generator = try Generator(seed: 21)
    self.generator = generator
    clips = try lengths.map { try $0.map { try Tensor.randn([$0, 6], generator: generator) } }
  }

  /// A batch with something in its padding.
  func batch(_ sequences: [Tensor], padding: Double) throws -> SequenceBatch {
    let clean = try SequenceBatch(padding: sequences)
    guard let mask = clean.mask else { return clean }
    return try SequenceBatch(
      clean.values.masked(where: mask.logicalNot().unsqueezed(2), with: padding), lengths: clean.lengths)
  }

  @Test func paddingIsZeroAndMasked() throws {
    let batch = try SequenceBatch(padding: clips[0])
    #expect(batch.values.shape == [3, 4, 6] && batch.lengths == [4, 1, 3])
    #expect(batch.count == 3 && batch.frames == 4 && batch.width == 6)
    #expect(
      try #require(batch.mask).array(of: Bool.self) == [
        true, true, true, true, true, false, false, false, true, true, true, false,
      ])
    for (i, clip) in clips[0].enumerated() {
      #expect(try batch.values[i, 0..<batch.lengths[i]].equals(clip))
      #expect(try batch.values[i, batch.lengths[i]...].abs().sum().item(of: Float.self) == 0)
    }
    #expect(try SequenceBatch(padding: [clips[0][0], clips[0][0]]).mask == nil)
  }

  @Test func copiesAreThePaddedSequencesInOneDType() throws {
    for clips in clips {
      let wanted = try SequenceBatch(padding: clips)
      let copied = try SequenceBatch(copying: clips)
      #expect(try copied.values.equals(wanted.values) && copied.lengths == wanted.lengths)
      #expect(try copied.mask?.array(of: Bool.self) == wanted.mask?.array(of: Bool.self))
      let mixed = try [
        clips[0].converted(to: .bfloat16), clips[1].converted(to: .float64),
        clips[2].transposed().contiguous().transposed(),
      ]
      let rounded = try [clips[0].converted(to: .bfloat16).converted(to: .float32), clips[1], clips[2]]
      #expect(try SequenceBatch(copying: mixed).values.equals(SequenceBatch(padding: rounded).values))
    }
    for wrong in [
      [], [try Tensor.ones([3])], [try Tensor.ones([1, 2]), try Tensor.ones([1, 3])], [try Tensor.ones([0, 2])],
    ] {
      #expect(throws: TensorError.self) { try SequenceBatch(copying: wrong) }
    }
  }

  @Test(arguments: [0, 1e30, .nan, .infinity, -.infinity])
  func nothingLeaksFromThePadding(padding: Double) throws {
    let attention = try MultiheadAttention(6, heads: 2, .random(generator))
    let layers = try [false, true].map {
      try TransformerEncoderLayer(6, heads: 2, feedForward: 8, dropout: 0.1, normalisesFirst: $0, .random(generator))
    }
    for layer in layers { layer.setTraining(false) }
    let together = try batch(clips[0], padding: padding)
    let joined = try SequenceBatch.joined(clips.map { try batch($0, padding: padding) })
    let means = try together.mean()
    for (i, clip) in clips[0].enumerated() {
      let alone = try SequenceBatch(padding: [clip])
      let real = 0..<clip.size(0)
      #expect(try means[i].distance(from: clip.mean(0)) < 1e-6)
      #expect(try attention(together).values[i, real].distance(from: attention(alone).values[0]) < 1e-6)
      for layer in layers {
        #expect(try layer(together).values[i, real].distance(from: layer(alone).values[0]) < 1e-6)
        #expect(try layer(together).mean()[i].distance(from: layer(alone).mean()[0]) < 1e-6)
      }
      let joint = try Tensor.concatenated(clips.map { $0[i] })
      #expect(joined.lengths[i] == joint.size(0))
      #expect(try joined.values[i, 0..<joint.size(0)].equals(joint))
      #expect(try joined.mean()[i].distance(from: joint.mean(0)) < 1e-6)
    }
    #expect(try joined.values.isFinite())
    // What stands in the padding must not reach the parameters either.
    try layers[0](together).mean().sum().backward()
    for (key, parameter) in layers[0].namedParameters() {
      #expect(try parameter.gradient?.isFinite() == true, "\(key)")
    }
  }

  @Test func meansOfWhatLayersMadeOfPaddingIgnoreIt() throws {
    // No real number here is exactly 0, all of the padding is.
    let infinite = try SequenceBatch(padding: clips[0]).mapFrames {
      try $0.masked(where: $0 .== 0, with: .infinity)
    }
    for (i, clip) in clips[0].enumerated() { #expect(try infinite.mean()[i].distance(from: clip.mean(0)) < 1e-6) }
  }

  @Test func everyRealFrameIsJoinedOnce() throws {
    let streams = try clips.map { try $0.map { try $0.clone().requireGradient() } }
    let joined = try SequenceBatch.joined(streams.map { try SequenceBatch(padding: $0) })
    let seed = try Tensor.randn(joined.values.shape, generator: generator)
      .masked(where: try #require(joined.mask).logicalNot().unsqueezed(2), with: 0)
    try (joined.values * seed).sum().backward()
    for i in 0..<3 {
      let gradients = try Tensor.concatenated(streams.map { try #require($0[i].gradient) })
      #expect(try gradients.equals(seed[i, 0..<joined.lengths[i]]))
    }
    let even = try [clips[0][0], clips[1][1]].map { try SequenceBatch(padding: [$0, $0]) }
    #expect(try SequenceBatch.joined(even).mask == nil)
    #expect(try SequenceBatch.joined([even[0]]).values.equals(even[0].values))
  }

  @Test func whatIsNoBatchIsRefused() throws {
    let values = try Tensor.zeros([2, 3, 4])
    for lengths in [[3], [3, 0], [3, 4], [2, 2], [], [3, -1], [3, 3, 3]] {
      #expect(throws: TensorError.self) { try SequenceBatch(values, lengths: lengths) }
    }
    #expect(throws: TensorError.self) { try SequenceBatch(Tensor.zeros([2, 3]), lengths: [3, 3]) }
    for sequences in [[], [[0, 4]], [[2, 4], [0, 4]], [[3]], [[2, 3, 4]], [[2, 4], [2, 5]]] {
      #expect(throws: TensorError.self) { try SequenceBatch(padding: sequences.map { try Tensor.zeros($0) }) }
    }
    #expect(throws: TensorError.self) { try SequenceBatch.joined([]) }
    let batch = try SequenceBatch(values, lengths: [3, 2])
    #expect(throws: TensorError.self) { try batch.mapFrames { try $0.sum(1) } }
    #expect(throws: TensorError.self) { try SequenceBatch.joined([batch, SequenceBatch(padding: clips[0])]) }
  }
}
