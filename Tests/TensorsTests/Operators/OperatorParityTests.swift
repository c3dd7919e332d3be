import Foundation
import Tensors
import Testing

/// Every operator against the same expression in PyTorch: whole results and the gradients of all operands, in float32,
/// float64, float16 and bfloat16, over several shapes, empty and broadcasting ones among them.
@Suite struct OperatorParityTests {
  /// The largest difference as a share of the largest magnitude: 8 units in the last place of the dtype.
  static func tolerance(_ dtype: DType) -> Double {
    switch dtype {
    case .float64: 1e-14
    case .float32: 1e-6
    case .float16: 8 * pow(2, -11)
    default: 8 * pow(2, -8)
    }
  }

  private struct Run {
    let family: OperatorFamily
    let test: OperatorCase
    let key: String
    let dtype: DType
    let output: Tensor
    let leaves: [(name: String, tensor: Tensor)]
  }

  private static func run(
    _ family: OperatorFamily, _ test: OperatorCase, _ key: String, _ dtype: DType, _ values: [Tensor], _ indices: Tensor
  ) throws -> Run {
    let leaves = try values.map { try $0.clone().requireGradient(test.hasGradient) }
    let output = try test.swift(Operands(x: leaves[0], y: leaves[1], z: leaves[2], i: indices))
    return Run(
      family: family, test: test, key: key, dtype: dtype, output: output,
      leaves: Array(zip(["x", "y", "z"], leaves)))
  }

  @Test func everyExpressionIsTorchs() throws {
    let generator = try Generator(seed: 5)
    var inputs: [String: Tensor] = [:]
    var runs: [Run] = []
    var script = """
      F, failures = torch.nn.functional, []
      def run(key, operands, differentiated, f):
          try: compute(key, operands, differentiated, f)
          except Exception as error: failures.append(f"{key}: {error}")
      def compute(key, operands, differentiated, f):
          leaves = [inputs[operands + n].clone() for n in "xyz"]
          if differentiated:
              for leaf in leaves: leaf.requires_grad_()
          made = f(*leaves, inputs[operands + "i"])
          outputs[key] = made
          if differentiated:
              made.backward(inputs[key + " seed"])
              for name, leaf in zip("xyz", leaves):
                  if leaf.grad is not None: outputs[key + " gradient of " + name] = leaf.grad

      """
    for family in OperatorFamily.all {
      for (variant, shapes) in family.shapes.enumerated() {
        let base = try shapes.map { shape in
          let drawn = try Tensor.randn(shape, dtype: .float64, generator: generator)
          return family.isPositive ? try drawn.abs() + 0.1 : drawn
        }
        let indices = try Tensor.randint(0..<2, shapes[0], generator: generator)
        for dtype in [DType.float32, .float64, .float16, .bfloat16] {
          let operands = "\(family.name) \(variant) \(dtype.rawValue) "
          let values = try base.map { try $0.converted(to: dtype) }
          for (name, value) in zip(["x", "y", "z"], values) { inputs[operands + name] = value }
          inputs[operands + "i"] = indices
          for (number, test) in family.cases.enumerated() where test.isHalf || dtype.byteCount >= 4 {
            let key = "\(operands)\(number)"
            do {
              let run = try Self.run(family, test, key, dtype, values, indices)
              if test.hasGradient {
                let seed = try Tensor.randn(run.output.shape, dtype: .float64, generator: generator)
                  .converted(to: run.output.dtype)
                inputs[key + " seed"] = seed
                try run.output.backward(seed: seed)
              }
              runs.append(run)
            } catch {
              Issue.record(error, "\(test.python) in \(key)")
              continue
            }
            script +=
              "run('\(key)', '\(operands)', \(test.hasGradient ? "True" : "False"), lambda x, y, z, i: \(test.python))\n"
          }
        }
      }
    }
    script += "if failures: raise RuntimeError(chr(10).join(failures))\n"
    let theirs = try TorchPeer.run(script, inputs)
    #expect(theirs.count == runs.count + runs.reduce(0) { $0 + $1.leaves.count { $0.tensor.gradient != nil } })
    for run in runs {
      let comment = Comment(rawValue: "\(run.test.python) in \(run.dtype.rawValue), \(run.key)")
      let peer = theirs[run.key]
      #expect(run.output.dtype == peer?.dtype, comment)
      #expect(try run.output.distance(from: peer) <= Self.tolerance(run.dtype), comment)
      for (name, leaf) in run.leaves {
        let gradient = leaf.gradient
        let peer = theirs["\(run.key) gradient of \(name)"]
        #expect((gradient == nil) == (peer == nil), comment)
        if let gradient { #expect(try gradient.distance(from: peer) <= Self.tolerance(run.dtype), comment) }
      }
    }
  }
}
