import NN
import Tensors
import Testing

@Suite struct ParameterAveragingTests {
  @Test func theMeanIsThatOfEachNumber() throws {
    let generator = try Generator(seed: 4)
    let states = try (0..<3).map { _ in
      [
        "w": try Tensor.randn([3, 2], generator: generator),
        "b": try Tensor.randn([4], generator: generator).converted(to: .bfloat16), "steps": try Tensor([7]),
      ]
    }
    func expected(_ key: String, _ weights: [Double]) throws -> [Double] {
      let all = try states.map { try #require($0[key]).array(of: Double.self) }
      return all[0].indices.map { i in (0..<3).reduce(0) { $0 + weights[$1] * all[$1][i] } }
    }
    for (given, shares) in [(nil, [1.0 / 3, 1.0 / 3, 1.0 / 3]), ([2.0, 0, 6], [0.25, 0, 0.75])] {
      let soup = try averaged(states, weights: given)
      #expect(soup["w"]?.dtype == .float32 && soup["b"]?.dtype == .bfloat16 && soup.count == 3)
      #expect(try soup["w"]?.distance(from: Tensor(expected("w", shares), shape: [3, 2])) ?? 1 < 1e-7)
      #expect(try soup["b"]?.distance(from: Tensor(expected("b", shares))) ?? 1 < 4e-3)
      #expect(try soup["steps"]?.array(of: Int.self) == [7])
    }
    #expect(try averaged([states[1]])["w"]?.equals(#require(states[1]["w"])) == true)
  }

  @Test func theMeanOfModelsIsAModel() throws {
    let layers = try (1...3).map { try Linear(4, 2, .random(Generator(seed: $0))) }
    let soup = try Linear(4, 2, .unset())
    try soup.load(averaged(layers.map { $0.state() }))
    // A linear layer's output is linear in its parameters.
    let x = try Tensor.randn([5, 4], generator: Generator(seed: 9))
    let mean = try Tensor.stacked(layers.map { try $0(x) }).mean(0)
    #expect(try soup(x).distance(from: mean) < 1e-6)
    #expect(layers.allSatisfy { $0.weight.gradient == nil } && soup.weight.requiresGradient)
  }

  @Test func statesThatDoNotFitAreRefused() throws {
    let state = ["w": try Tensor.ones([2]), "n": try Tensor([1])]
    var other = state
    other["w"] = try Tensor.ones([3])
    other["v"] = other.removeValue(forKey: "n")
    let error = #expect(throws: StateMismatch.self) { try averaged([state, other]) }
    #expect(error?.missing == ["n"] && error?.unexpected == ["v"] && error?.misshapen.map(\.key) == ["w"])
    let differing = ["w": try Tensor.ones([2]), "n": try Tensor([2])]
    #expect(throws: TensorError.self) { try averaged([state, differing]) }
    #expect(throws: TensorError.self) { try averaged([]) }
    for weights in [[1], [1, -1], [0, 0], [.nan, 1], [1, .infinity]] as [[Double]] {
      #expect(throws: TensorError.self) { try averaged([state, state], weights: weights) }
    }
  }
}
