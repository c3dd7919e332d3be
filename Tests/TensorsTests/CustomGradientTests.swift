import Tensors
import Testing

@Suite struct CustomGradientTests {
  /// a * b with gradients stated by hand.
  private func product(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    try withCustomGradient(of: [a, b]) {
      ([try a * b], [a, b])
    } backward: { gradients, saved in
      let gradient = try #require(gradients[0])
      return [try gradient * saved[1], try gradient * saved[0]]
    }[0]
  }

  @Test func aStatedGradientFlowsThroughTheGraphAroundIt() throws {
    let a = try Tensor([1.5, -2, 3] as [Double]).requireGradient()
    let b = try Tensor([4, 0.5, -1] as [Double]).requireGradient()
    let plain = try gradients(of: [((a * 2) * b.exp()).sum()], withRespectTo: [a, b])
    let stated = try gradients(of: [product(a * 2, b.exp()).sum()], withRespectTo: [a, b])
    for (plain, stated) in zip(plain, stated) {
      #expect(try #require(stated).distance(from: plain) < 1e-15)
    }
  }

  @Test func nothingIsRecordedWithoutNeed() throws {
    let (a, b) = try (Tensor([1, 2] as [Float]), Tensor([3, 4] as [Float]))
    #expect(try product(a, b).requiresGradient == false)
    try a.requireGradient()
    #expect(try withoutGradients { try product(a, b) }.requiresGradient == false)
    #expect(try product(a, b).requiresGradient)
  }

  @Test func anUnusedOutputAndAnInputWithoutGradientAreNil() throws {
    let x = try Tensor([1, 2] as [Float]).requireGradient()
    let index = try Tensor([1, 0])
    let outputs = try withCustomGradient(of: [x, index]) {
      ([try x * 2, try x * 3], [])
    } backward: { gradients, _ in
      #expect(gradients[0] == nil)
      return [try gradients[1].map { try $0 * 3 }, nil]
    }
    try outputs[1].sum().backward()
    #expect(try #require(x.gradient).array(of: Float.self) == [3, 3])
  }

  @Test func aSavedTensorThatChangedIsRefused() throws {
    let a = try Tensor([1, 2] as [Float]).requireGradient()
    let b = try Tensor([3, 4] as [Float])
    let y = try product(a, b).sum()
    try b.multiplyInPlace(2)
    let error = try #require(throws: TensorError.self) { try y.backward() }
    #expect(error.message.contains("has been changed in place since it was saved"))
  }

  @Test func theErrorOfAGradientArrivesAndASecondWalkIsRefused() throws {
    struct Refusal: Error, CustomStringConvertible { let description = "no gradient on Mondays" }
    let a = try Tensor([1] as [Float]).requireGradient()
    let failing = try withCustomGradient(of: [a]) {
      ([try a * 2], [])
    } backward: { _, _ in
      throw Refusal()
    }[0]
    let error = try #require(throws: TensorError.self) { try failing.sum().backward() }
    #expect(error.message.contains("no gradient on Mondays"))

    let twice = try product(a, a).sum()
    try twice.backward()
    let second = try #require(throws: TensorError.self) { try twice.backward() }
    #expect(second.message.contains("second time"))
    let kept = try product(a, a).sum()
    try kept.backward(keepGraph: true)
    try kept.backward()
  }

  @Test func aWrongNumberOfGradientsIsRefused() throws {
    let a = try Tensor([1] as [Float]).requireGradient()
    let y = try withCustomGradient(of: [a]) {
      ([try a * 2], [])
    } backward: { gradients, _ in
      gradients + gradients
    }[0]
    let error = try #require(throws: TensorError.self) { try y.sum().backward() }
    #expect(error.message.contains("2 gradients were computed for 1 inputs"))
  }

  @Test func savedTensorsAreFreedWithTheGraph() throws {
    weak var saved: Tensor?
    let a = try Tensor([1, 2] as [Float]).requireGradient()
    do {
      let y = try withCustomGradient(of: [a]) {
        let inside = try a * 3
        saved = inside
        return ([inside], [inside])
      } backward: { gradients, _ in
        gradients
      }[0]
      #expect(saved != nil)
      try y.sum().backward()
      #expect(saved == nil, "a backward walk frees what it needed")
      _ = try withCustomGradient(of: [a]) {
        let inside = try a * 3
        saved = inside
        return ([inside], [inside])
      } backward: { gradients, _ in
        gradients
      }
    }
    #expect(saved == nil, "a graph that is never walked frees it too")
  }
}
