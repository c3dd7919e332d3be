import Foundation
import Tensors
import TestSupport
import Testing

@Suite(.serialized) struct ProcessGroupTests {
  struct Broken: Error, CustomStringConvertible { let description = "the disk is full" }

  /// Runs ranks that have joined a group, and gives what each came to.
  func together<Output: Sendable>(
    _ ranks: Int, timeout: Double = 60, _ body: @escaping @Sendable (ProcessGroup) throws -> Output
  ) throws -> [Result<Output, any Error>] {
    let port = try Together.freePort()
    return Together.run(ranks) { rank in
      var environment = RankEnvironment(
        launcher: .torchrun, rank: rank, ranks: ranks, localRank: rank, host: "127.0.0.1", port: port)
      environment.timeout = timeout
      return try body(ProcessGroup(environment))
    }
  }

  @Test func collectivesGiveTheSameToAll() throws {
    let results = try together(3) { group in
      let rank = Float(group.rank)
      var found: [[Float]] = []
      for reduction in [ProcessGroup.Reduction.sum, .min, .max] {
        let tensor = try Tensor([rank, 10 - rank, rank * rank])
        try group.allReduce(tensor, reduction)
        found.append(try tensor.array())
      }
      let told = try Tensor([rank])
      try group.broadcast(told, from: 2)
      found.append(try told.array())
      let bytes = try group.gather([UInt8](repeating: UInt8(group.rank), count: 2 * group.rank))
      found.append(bytes.flatMap { [Float($0.count)] + $0.map(Float.init) })
      found.append(try group.broadcast(group.rank == 1 ? [7, 8, 9] : [], from: 1).map(Float.init))
      found.append(try group.leading { [Float(group.rank), 0.5] })
      #expect(try group.leading { nil as Int? } == nil)
      #expect(try group.agrees(on: Tensor([1, 2] as [Float])))
      #expect(try !group.agrees(on: Tensor([1, rank])))
      try group.barrier(atMost: 30)
      return found
    }
    for result in results {
      #expect(
        try result.get() == [
          [3, 27, 5], [0, 8, 0], [2, 10, 4], [2], [0, 2, 1, 1, 4, 2, 2, 2, 2], [7, 8, 9], [0, 0.5],
        ])
    }
  }

  /// An MLP whose gradients two ranks sum, each from a half of the rows.
  static func gradients(
    _ state: [String: [Float]], _ rows: Range<Int>, of count: Int, _ group: ProcessGroup?, bucketBytes: Int
  ) throws -> (gradients: [String: [Float]], early: Int) {
    let shapes = ["w1": [16, 5], "b1": [16], "w2": [8, 16], "b2": [8], "w3": [1, 8], "idle": [3]]
    let names = ["w1", "b1", "idle", "w2", "b2", "w3"]
    var tensors: [String: Tensor] = [:]
    for name in names {
      tensors[name] = try Tensor(state[name] ?? [0, 0, 0], shape: shapes[name]).requireGradient()
    }
    func parameter(_ name: String) throws -> Tensor { try #require(tensors[name]) }
    let parameters = try names.map(parameter)
    let reducer = try group.map {
      try GradientReducer($0, parameters, firstBucketBytes: bucketBytes, bucketBytes: bucketBytes)
    }
    var early = 0
    // Twice: what the first left behind must not show in the second.
    for _ in 0..<2 {
      for parameter in parameters { try parameter.setGradient(nil) }
      if !rows.isEmpty {
        let x = try Tensor(try #require(state["x"]), shape: [count, 5]).narrowed(
          0, start: rows.lowerBound, length: rows.count)
        let h = try x.matmul(parameter("w1").transposed()) + parameter("b1")
        let g = try h.tanh().matmul(parameter("w2").transposed()) + parameter("b2")
        let y = try g.tanh().matmul(parameter("w3").transposed())
        try ((y * y).sum() / Double(count)).backward()
      }
      early = try reducer?.finish() ?? 0
    }
    var found: [String: [Float]] = [:]
    for name in names { found[name] = try parameter(name).gradient?.array() }
    return (found, early)
  }

  static func state() throws -> [String: [Float]] {
    let generator = try Generator(seed: 5)
    var state: [String: [Float]] = [:]
    for (name, count) in [("x", 40), ("w1", 80), ("b1", 16), ("w2", 128), ("b2", 8), ("w3", 8)] {
      state[name] = try Tensor.randn([count], generator: generator).array()
    }
    return state
  }

  @Test func gradientsAreThoseOfDistributedDataParallel() throws {
    let state = try Self.state()
    let results = try together(2) { group in
      try Self.gradients(state, group.rank == 0 ? 0..<4 : 4..<8, of: 8, group, bucketBytes: 256)
    }
    let inputs = try state.mapValues { try Tensor($0) }
    let theirs = try TorchPeer.run(
      """
      import os, socket
      import torch.distributed as dist
      with socket.socket() as s:
          s.bind(("127.0.0.1", 0))
          port = s.getsockname()[1]
      rank = 0 if os.fork() else 1
      dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=2)
      net = torch.nn.Sequential(torch.nn.Linear(5, 16), torch.nn.Tanh(), torch.nn.Linear(16, 8), torch.nn.Tanh(),
          torch.nn.Linear(8, 1, bias=False))
      with torch.no_grad():
          for p, name in zip(net.parameters(), ["w1", "b1", "w2", "b2", "w3"]):
              p.copy_(inputs[name].view_as(p))
      net = torch.nn.parallel.DistributedDataParallel(net, bucket_cap_mb=0.0002)
      y = net(inputs["x"].view(8, 5)[4 * rank:4 * rank + 4])
      (y * y).mean().backward()
      if rank == 1:
          os._exit(0)
      for p, name in zip(net.parameters(), ["w1", "b1", "w2", "b2", "w3"]):
          outputs[name] = p.grad.flatten()
      os.wait()
      """, inputs)
    #expect(theirs.count == 5)
    for result in results {
      let found = try result.get()
      // Buckets left while backward still worked; the last parameters wait for one that never gets a gradient.
      #expect(found.early >= 1)
      #expect(found.gradients["idle"] == nil)
      for (name, gradient) in theirs {
        #expect(try Tensor(try #require(found.gradients[name])).distance(from: gradient) < 1e-6, "\(name)")
      }
    }
  }

  @Test(arguments: [64, 1 << 20]) func sharesOfAnySizeAddUp(bucketBytes: Int) throws {
    let state = try Self.state()
    let whole = try Self.gradients(state, 0..<8, of: 8, nil, bucketBytes: 0).gradients
    for shares in [[0..<4, 4..<8], [0..<7, 7..<8], [0..<8, 8..<8], [0..<3, 3..<6, 6..<8]] {
      let results = try together(shares.count) { group in
        try Self.gradients(state, shares[group.rank], of: 8, group, bucketBytes: bucketBytes)
      }
      for result in results {
        let found = try result.get().gradients
        #expect(found.count == whole.count && found["idle"] == nil, "\(shares)")
        for (name, gradient) in whole {
          #expect(try Tensor(try #require(found[name])).distance(from: Tensor(gradient)) < 1e-6, "\(name) \(shares)")
        }
      }
    }
  }

  @Test func aRankThatFailsIsNamedWithItsReason() throws {
    for failing in [0, 1] {
      let start = Date()
      let results = try together(2) { group in
        try group.announcingFailure {
          try group.barrier()
          if group.rank == failing { throw Broken() }
          try group.allReduce(Tensor([1.0]))
        }
      }
      #expect(throws: Broken.self) { try results[failing].get() }
      let error = #expect(throws: ProcessGroupError.self) { try results[1 - failing].get() }
      #expect(error?.description.hasPrefix("rank \(failing) failed: the disk is full (noticed by rank ") == true)
      #expect(Date().timeIntervalSince(start) < 20)
    }
  }

  @Test func aRankThatLeavesIsNamed() throws {
    let results = try together(3) { group in
      try group.barrier()
      if group.rank != 1 { try group.allReduce(Tensor([1.0])) }
    }
    for rank in [0, 2] {
      let error = #expect(throws: ProcessGroupError.self) { try results[rank].get() }
      #expect(error?.description.hasPrefix("rank 1 no longer answers") == true)
    }
  }

  @Test func whoeverWaitsInVainIsToldSo() throws {
    var environment = RankEnvironment(
      launcher: .torchrun, rank: 0, ranks: 2, localRank: 0, host: "127.0.0.1", port: try Together.freePort())
    environment.timeout = 2
    let error = #expect(throws: ProcessGroupError.self) { _ = try ProcessGroup(environment) }
    #expect(
      error?.description.hasPrefix("rank 0 of 2 could not join the others at 127.0.0.1:\(environment.port): ") == true)
  }

  @Test func cudaWithoutNCCLIsRefused() throws {
    try #require(!Device.cuda.isAvailable)
    let port = try Together.freePort()
    let results = Together.run(2) { rank in
      _ = try ProcessGroup(
        RankEnvironment(launcher: .torchrun, rank: rank, ranks: 2, localRank: rank, host: "127.0.0.1", port: port),
        device: .cuda)
    }
    for result in results {
      let error = #expect(throws: ProcessGroupError.self) { try result.get() }
      #expect(error?.description.contains("at 127.0.0.1:\(port): ") == true)
    }
  }
}
