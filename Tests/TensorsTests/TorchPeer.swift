import Foundation
import Tensors
import TestSupport

/// PyTorch, asked what it makes of the same numbers.
enum TorchPeer {
  /// Runs a Python script that finds tensors in the dictionary `inputs` and puts others into `outputs`, which come back.
  static func run(_ script: String, _ inputs: [String: Tensor]) throws -> [String: Tensor] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "torch-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let (given, made) = (folder.appending(path: "given.safetensors"), folder.appending(path: "made.safetensors"))
    try SafeTensors.write(inputs, to: given)
    let frame = """
      import sys, torch
      from safetensors.torch import load_file, save_file
      inputs, outputs = load_file(sys.argv[1]), {}
      exec(open(sys.argv[3]).read())
      save_file({name: tensor.detach().clone().contiguous() for name, tensor in outputs.items()}, sys.argv[2])
      """
    // In a file: an argument can't be as long as a table of operators makes it.
    let source = folder.appending(path: "script.py")
    try Data(script.utf8).write(to: source)
    _ = try Peer.python(frame, [given.path, made.path, source.path])
    // Mapped tensors outlive the file's name.
    return try SafeTensors(made).tensors()
  }
}

extension Tensor {
  /// The largest difference from a peer's tensor, as a share of the peer's largest magnitude (or of 0.001, if that is
  /// larger); infinite where a shape differs or a number is missing.
  func distance(from peer: Tensor?) throws -> Double {
    guard let peer, shape == peer.shape else { return .infinity }
    guard count > 0 else { return 0 }
    let (a, b) = (try detached().converted(to: .float64), try peer.detached().converted(to: .float64))
    let largest = try b.abs().max().item(of: Double.self)
    let distance = try (a - b).abs().max().item(of: Double.self) / Swift.max(largest, 1e-3)
    return distance.isNaN ? .infinity : distance
  }
}
