import Basics
import Ensemble
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Files of stacks")
struct StackFileTests {
  let scratch: TemporaryFolder
  let file: URL

  init() throws {
    scratch = try TemporaryFolder()
    file = scratch("stack.safetensors")
    var settings = StackTests.settings()
    (settings.forest.trees, settings.folds) = (3, 2)
    try Stack.fit(StackTests.models(300), labels: StackLabels(StackTests.labels(300)), settings: settings).stack.write(
      to: file)
  }

  @Test("A file that is cut or changed anywhere is refused or read, never crashed on")
  func damage() throws {
    let whole = try Data(contentsOf: file)
    var generator = SeededGenerator(seed: 1)
    for length in [0, 7, 8, 100, whole.count / 2, whole.count - 1] {
      try whole.prefix(length).write(to: file)
      #expect(throws: FileError.self, "\(length) bytes") { try Stack(contentsOf: file) }
    }
    let models = try StackTests.models(300)
    for _ in 0..<300 {
      var damaged = whole
      for _ in 0..<1 + generator.below(3) { damaged[generator.below(whole.count)] = UInt8(generator.below(256)) }
      try damaged.write(to: file)
      // What passes the checks must be safe to use.
      if let stack = try? Stack(contentsOf: file) { _ = try? stack.predictions(models) }
    }
  }

  @Test(
    "What is wrong with a tensor or the configuration is named",
    arguments: [
      ("features", 0, 9, "the tensor 'forest.0.features' is 9 at node 0; allowed is 0 to 8, -1 for a leaf"),
      ("children", 0, 0, "the tensor 'forest.0.children' is 0 at node 0, which is not a place for children of its own"),
      ("children", 0, 70_000, "the tensor 'forest.0.children' is 70000 at node 0"),
      ("roots", 0, 1, "the tensor 'forest.0.roots' must rise from 0"),
      ("roots", 1, 1_000_000, "the tensor 'forest.0.roots' must rise from 0"),
      ("shares", 0, 2, "the tensor 'forest.0.shares' has the row 0, which is no distribution"),
      ("importances", 0, -1, "the tensor 'forest.0.importances' is not from 0 to 1"),
      ("thresholds", 0, .infinity, "the tensor 'forest.0.thresholds' is not finite at node 0"),
    ])
  func forged(_ name: String, _ place: Int, _ value: Double, _ message: String) throws {
    let original = try SafeTensors(file)
    var tensors = try original.tensors()
    let key = "forest.0.\(name)"
    let tensor = try #require(tensors[key])
    var values = try tensor.array(of: Double.self)
    values[place] = value
    tensors[key] = try Tensor(values, shape: tensor.shape).converted(to: tensor.dtype)
    let forged = scratch("forged.safetensors")
    try SafeTensors.write(tensors, metadata: original.metadata, to: forged)
    #expect {
      try Stack(contentsOf: forged)
    } throws: {
      "\($0)".hasPrefix("\(forged.path): \(message)")
    }
  }

  @Test(
    "What is wrong with a classifier's tensor is named",
    arguments: [
      ("weight", Double.nan, "is nan at place 0; finite numbers are expected"),
      ("bias", -.infinity, "is -inf at place 0; finite numbers are expected"),
    ])
  func forgedLayer(_ name: String, _ value: Double, _ problem: String) throws {
    let made = try Stack.fit(
      MetaProblem.models(100), labels: StackLabels(rows: MetaProblem.rows(100)), settings: MetaProblem.settings(.soup))
    try made.stack.write(to: file)
    #expect(try Stack(contentsOf: file) == made.stack)
    let original = try SafeTensors(file)
    let forged = scratch("forged.safetensors")
    let key = "classifier.0.layers.0.\(name)"
    func message(_ tensors: [String: Tensor]) throws -> String {
      try SafeTensors.write(tensors, metadata: original.metadata, to: forged)
      do {
        _ = try Stack(contentsOf: forged)
        return "accepted"
      } catch {
        return "\(error)"
      }
    }
    var tensors = try original.tensors()
    #expect(try message(tensors) == "accepted")
    let tensor = try #require(tensors[key])
    var values = try tensor.array(of: Float.self)
    values[0] = Float(value)
    tensors[key] = try Tensor(values, shape: tensor.shape)
    #expect(try message(tensors) == "\(forged.path): the tensor '\(key)' \(problem)")
    tensors[key] = try Tensor([1, 2, 3] as [Float])
    #expect(try message(tensors).hasPrefix("\(forged.path): the tensor '\(key)' is float32 [3]; float32 [4"))
    tensors[key] = nil
    #expect(try message(tensors) == "\(forged.path): the tensor '\(key)' is missing")
    tensors["classifier.1.layers.0.bias"] = tensor
    #expect(try message(tensors).hasSuffix("'classifier.1.layers.0.bias', which belongs to no classifier of the stack"))
  }

  @Test("Other files, missing tensors, other formats and impossible configurations are refused")
  func foreign() throws {
    let original = try SafeTensors(file)
    let config = try #require(original.metadata["config"])
    let forged = scratch("forged.safetensors")
    func message(_ metadata: [String: String], without missing: String? = nil, extra: String? = nil) throws -> String {
      var tensors = try original.tensors()
      if let missing { tensors[missing] = nil }
      if let extra { tensors[extra] = try Tensor([1] as [Float]) }
      try SafeTensors.write(tensors, metadata: metadata, to: forged)
      do {
        _ = try Stack(contentsOf: forged)
        return "accepted"
      } catch {
        return "\(error)".replacingOccurrences(of: forged.path + ": ", with: "")
      }
    }
    func stack(_ config: String) -> [String: String] { ["format": "affect-stack", "config": config] }
    #expect(try message(stack(config)) == "accepted")
    #expect(try message([:]) == "is no stack; a file that 'affect stack fit' wrote is expected")
    #expect(try message(stack("{}")) == "has a configuration that can't be read: format: is missing")
    #expect(
      try message(stack(config.replacingOccurrences(of: "\"format\":1", with: "\"format\":3")))
        == "has the format 3 of stacks; this Affect reads 1 to 2")
    #expect(
      try message(stack(config.replacingOccurrences(of: "\"parts\":2", with: "\"parts\":1000000000"))).hasPrefix(
        "has a configuration that can't be: 'parts' is 1000000000"))
    #expect(
      try message(stack(config.replacingOccurrences(of: "\"name\":\"b\"", with: "\"name\":\"a\"")))
        == "has a configuration that can't be: 'models' has a name twice")
    #expect(
      try message(stack(config), without: "forest.1.roots") == "the tensor 'forest.1.roots' is missing")
    #expect(
      try message(stack(config), extra: "forest.7.roots")
        == "has the tensor 'forest.7.roots', which belongs to no forest of the stack")
  }
}
