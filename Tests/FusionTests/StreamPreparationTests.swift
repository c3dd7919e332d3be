import Fusion
import Tensors
import Testing

@Suite struct StreamPreparationTests {
  let clips: [Tensor]

  init() throws {
    let generator = try Generator(seed: 4)
    clips = try [7, 3, 1].map { frames in
      let frames = try Tensor.randn([frames, 3], generator: generator)
      // The second number never changes, the third is far from 0.
      return try frames * Tensor([2, 0, 0.5] as [Float]) + Tensor([0, 4, 1000] as [Float])
    }
  }

  func preparation(_ settings: StreamPreparation.Settings) throws -> StreamPreparation {
    try StreamPreparation(settings, clips: clips.map { clip in { clip } })
  }

  @Test func numbersAreLeftAsTheyAre() throws {
    let preparation = try preparation(.init(normalisation: .asIs))
    #expect(try clips.allSatisfy { try preparation($0).equals($0) })
  }

  @Test(arguments: StreamPreparation.Normalisation.allCases.filter { $0 != .asIs })
  func trainingFramesComeOutStandardised(normalisation: StreamPreparation.Normalisation) throws {
    let preparation = try preparation(.init(normalisation: normalisation))
    let all = try Tensor.concatenated(clips.map { try preparation($0) })
    let (mean, deviation) = (
      try all.mean(0).array(of: Float.self), try all.variance(0, correction: 0).sqrt().array(of: Float.self)
    )
    #expect(mean.allSatisfy { abs($0) < 1e-3 }, "\(mean)")
    #expect(abs(deviation[0] - 1) < 1e-3 && deviation[1] == 0 && abs(deviation[2] - 1) < 1e-2, "\(deviation)")
    // A clip's own level is gone where that is asked for.
    guard normalisation != .corpus else { return }
    #expect(try preparation(clips[0] + 3).distance(from: preparation(clips[0])) < 1e-3)
  }

  @Test func framesAreStackedAndTheLastIsRepeated() throws {
    let x = try Tensor.arange(0, 10).converted(to: .float32).reshaped([5, 2])
    let plain = StreamPreparation(.init(stack: 3), mean: try .zeros([2]), deviation: try .ones([2]))
    #expect(plain.inputWidth == 2 && plain.outputWidth == 6)
    #expect((1...7).map(plain.outputFrames) == [1, 1, 1, 2, 2, 2, 3])
    #expect(try plain(x).equals(Tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 9] as [Float], shape: [2, 6])))
    let doubled = try plain(x) { try $0 * 2 }
    #expect(try doubled.equals(plain(x) * 2))
  }

  @Test func whatCannotBePreparedIsRefused() throws {
    let preparation = try preparation(.init())
    #expect(throws: TensorError.self) { try preparation(Tensor.zeros([4, 2])) }
    #expect(throws: TensorError.self) { try preparation(Tensor.zeros([0, 3])) }
    #expect(throws: TensorError.self) { try StreamPreparation(.init(), clips: [() throws -> Tensor]()) }
  }
}
