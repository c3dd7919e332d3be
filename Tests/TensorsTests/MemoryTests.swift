import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct MemoryTests {
  @Test func aTakenArrayStaysWhereItIs() throws {
    var array = [Float](unsafeUninitializedCapacity: 1000) { buffer, count in
      for i in 0..<1000 { buffer[i] = Float(i) }
      count = 1000
    }
    let address = array.withUnsafeMutableBufferPointer { UnsafePointer($0.baseAddress) }
    let tensor = try Tensor(taking: consume array, shape: [10, 100])
    #expect(tensor.shape == [10, 100])
    #expect(try tensor.withUnsafeElements(of: Float.self) { $0.baseAddress == address })
    #expect(try tensor.sum().item(of: Double.self) == 499_500)
    let view = try tensor[3]
    #expect(try view.withUnsafeElements(of: Float.self) { $0.first } == 300)
  }

  @Test func anArrayThatIsStillHeldIsNotChanged() throws {
    let array: [Int] = Array(0..<100)
    let tensor = try Tensor(taking: array)
    try tensor.fillInPlace(7)
    #expect(array == Array(0..<100))
    #expect(try tensor.array(of: Int.self) == [Int](repeating: 7, count: 100))
    #expect(try Tensor(taking: [Float]()).shape == [0])
    #expect(try Tensor(taking: [Float](), shape: [3, 0]).shape == [3, 0])
    #expect(throws: TensorError.self) { try Tensor(taking: [1, 2, 3] as [Float], shape: [2]) }
    #expect(throws: TensorError.self) { try Tensor([1, 2] as [Float], shape: [.max, .max]) }
    #expect(throws: TensorError.self) { try Tensor([1, 2] as [Float], shape: [-1, -2]) }
  }

  @Test func writtenElementsAreTheTensors() throws {
    let tensor = try Tensor.zeros([2, 3])
    try tensor.withUnsafeMutableElements(of: Float.self) { for i in $0.indices { $0[i] = Float(i) } }
    #expect(try tensor.array(of: Int.self) == [0, 1, 2, 3, 4, 5])
    #expect(throws: TensorError.self) { try tensor.transposed().withUnsafeElements(of: Float.self) { _ in } }
    #expect(throws: TensorError.self) { try tensor.withUnsafeElements(of: Double.self) { _ in } }
  }

  /// A stretch of memory that says when it is freed.
  final class Block {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
    let freed: () -> Void
    init(_ freed: @escaping () -> Void) { self.freed = freed }
    deinit {
      memory.deallocate()
      freed()
    }
  }

  @Test func sharedMemoryIsFreedWithTheLastView() throws {
    var isFreed = false
    var block: Block? = Block { isFreed = true }
    let memory = try #require(block?.memory)
    memory.initializeMemory(as: Float.self, repeating: 2, count: 16)
    var tensor: Tensor? = try Tensor(sharing: memory, shape: [4, 4], dtype: .float32, owner: try #require(block))
    block = nil
    var view = try tensor?[1]
    tensor = nil
    #expect(!isFreed)
    #expect(try view?.sum().item(of: Float.self) == 8)
    view = nil
    #expect(isFreed)
    let misaligned = Block {}
    let error = #expect(throws: TensorError.self) {
      try Tensor(sharing: misaligned.memory + 2, shape: [2], dtype: .float32, owner: misaligned)
    }
    #expect(
      error?.description
        == "making a tensor over memory(float32 [2]): a possible shape and an address that is a multiple "
        + "of 4 are expected")
    #expect(throws: TensorError.self) {
      try Tensor(sharing: misaligned.memory, shape: [-2], dtype: .float32, owner: misaligned)
    }
  }

  @Test func theProcessKnowsItsMemory() throws {
    let (now, peak) = (try #require(Runtime.residentMemory), try #require(Runtime.peakResidentMemory))
    #expect(now > 10 << 20 && peak >= now && peak < 1 << 42)
    let error = #expect(throws: TensorError.self) { try Runtime.memory(of: .cpu) }
    #expect(
      error?.description == "reading the memory of a device(cpu): the CPU's memory is the process's; only GPUs have an "
        + "allocator that counts")
  }

  @Test(.enabled(if: Device.cuda.isAvailable, "needs an NVIDIA GPU")) func aDeviceKnowsItsMemory() throws {
    let before = try Runtime.memory(of: .cuda).now
    try Runtime.resetPeakMemory(of: .cuda)
    var tensor: Tensor? = try Tensor.zeros([1 << 20], device: .cuda)
    #expect(try Runtime.memory(of: .cuda).now == before + 4 << 20)
    tensor = nil
    #expect(tensor == nil)
    #expect(try Runtime.memory(of: .cuda) == (before, before + 4 << 20))
  }

  @Test func threadsAndDeterminismAreReadAndSet() async throws {
    await #expect(processExitsWith: .success) {
      try Runtime.setThreadCount(3)
      #expect(Runtime.threadCount == 3)
      #expect(Runtime.withThreadCount(1) { Runtime.threadCount } == 1)
      #expect(Runtime.threadCount == 3)
      try Runtime.setThreadCount(-5)
      #expect(Runtime.threadCount == 1)
      #expect(!Runtime.isDeterministic)
      try Runtime.setDeterministic(true)
      #expect(Runtime.isDeterministic)
      try Runtime.setDeterministic(false)
      #expect(!Runtime.isDeterministic)
    }
  }

  #if os(Linux)
    /// The most that the process has held since the last call of `resetPeak`, over what it held then.
    static func resetPeak() throws -> Int {
      try Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
      return try #require(Runtime.residentMemory)
    }

    /// Bytes of main memory beside mapped files.
    static func anonymousMemory() throws -> Int {
      let line = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n")
        .first { $0.hasPrefix("RssAnon:") }
      return try #require(line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }) << 10
    }

    @Test func aChainHoldsNoMoreThanItNeeds() async throws {
      await #expect(processExitsWith: .success) {
        let size = 64 << 20
        let x = try Tensor.full([size / 4], 1)
        _ = try Tensor.ones([8]).abs().sqrt()
        // The input, which `before` counts, one result and the next.
        var before = try Self.resetPeak()
        var y = x
        for step in 0..<50 { y = try step.isMultiple(of: 2) ? y.abs() : y.sqrt() }
        #expect(try y.sum().item(of: Float.self) == Float(size / 4))
        y = x
        let looped = try Double(#require(Runtime.peakResidentMemory) - before) / Double(size)
        #expect(looped < 2.1, "\(looped) tensors beside the input")
        before = try Self.resetPeak()
        _ = try x.abs().sqrt().abs().sqrt().abs().sqrt().abs().sqrt().abs().sqrt().abs().sqrt().abs().sqrt().sum()
        let chained = try Double(#require(Runtime.peakResidentMemory) - before) / Double(size)
        #expect(chained < 2.1, "\(chained) tensors beside the input")
      }
    }

    @Test func filesCostLittleBesideTheirMapping() async throws {
      await #expect(processExitsWith: .success) {
        let folder = try TemporaryFolder()
        _ = try Peer.python(
          """
          import sys, torch
          from safetensors.torch import save_file
          saved = {"odd": torch.ones(3, dtype=torch.uint8)}
          saved.update({f"t{i}": torch.full((2 << 20,), float(i)) for i in range(8)})
          torch.save(saved, sys.argv[1] + "/zip.bin")
          torch.save(saved, sys.argv[1] + "/legacy.bin", _use_new_zipfile_serialization=False)
          save_file(saved, sys.argv[1] + "/x.safetensors")
          """, [folder.url.path])
        _ = try Tensor.ones([8]).sum()
        for name in ["zip.bin", "x.safetensors"] {
          let before = try Self.anonymousMemory()
          let tensors = try PublishedWeights(folder(name)).tensors()
          for i in 0..<8 { #expect(try tensors["t\(i)"]?.sum().item(of: Double.self) == Double(i << 21)) }
          let growth = try Self.anonymousMemory() - before
          #expect(growth < 2 << 20, "\(name): \(growth) bytes")
        }
        let before = try Self.anonymousMemory()
        let weights = try PublishedWeights(folder("legacy.bin"))
        for i in 0..<8 {
          let tensor = try weights.tensor("t\(i)")
          #expect(try tensor.sum().item(of: Double.self) == Double(i << 21))
          let growth = try Self.anonymousMemory() - before
          #expect(growth < 10 << 20, "tensor \(i) of 8 MiB: \(growth) bytes")
        }
      }
    }

    @Test func aMillionKeysTakeSeconds() async throws {
      let result = try await #require(processExitsWith: .success, observing: [\.standardErrorContent]) {
        let folder = try TemporaryFolder()
        let count = 1_000_000
        let clock = ContinuousClock()
        /// A header with a million tensors of four bytes.
        func safetensors(lastShape: String = "1") -> [UInt8] {
          var header = Array("{".utf8)
          for i in 0..<count {
            header += "\(i == 0 ? "" : ",")\"layer.\(i)\":{\"dtype\":\"F32\",\"shape\":[".utf8
            header += "\(i == count - 1 ? lastShape : "1")],\"data_offsets\":[\(4 * i),\(4 * i + 4)]}".utf8
          }
          header += "}".utf8
          return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
            + [UInt8](repeating: 0, count: 4 * count)
        }
        try Data(safetensors()).write(to: folder("x.safetensors"))
        try Data(safetensors(lastShape: "2")).write(to: folder("forged.safetensors"))
        let tensors = (0..<count).map {
          ("layer.\($0)", PickleBuilder.Tensor(count: count, offset: $0, shape: [1], strides: [1]))
        }
        try Data(
          TorchFileBuilder.zip(
            TorchFileBuilder.entries(PickleBuilder.stateDict(tensors), ["0": [UInt8](repeating: 0, count: 4 * count)]))
        ).write(to: folder("x.bin"))
        for name in ["x.safetensors", "x.bin"] {
          let before = try Self.resetPeak()
          let start = clock.now
          let weights = try PublishedWeights(folder(name))
          #expect(weights.names.count == count && weights.shape(of: "layer.999999") == [1])
          let seconds = (clock.now - start) / .seconds(1)
          let memory = try #require(Runtime.peakResidentMemory) - before
          #expect(seconds < 60, "\(name)")
          #expect(memory < 2 << 30, "\(name)")
          FileHandle.standardError.write(Data("\(name): \(seconds) s, \(memory >> 20) MiB\n".utf8))
        }
        let error = #expect(throws: (any Error).self) { try SafeTensors(folder("forged.safetensors")) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("tensor 'layer.999999', F32 [2], needs 8 bytes"))
      }
      print(String(decoding: result.standardErrorContent, as: UTF8.self))
    }
  #endif
}
