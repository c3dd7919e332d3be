import Basics
import Foundation
import Tensors
import TestSupport
import Testing

/// Damaged and forged files of both formats: whatever the bytes, an error or tensors that can be read whole, in bounded
/// time and memory, and never a crash.
///
/// Each format runs for five seconds, or for as many as AFFECT_FUZZ_SECONDS says; case n is the same in every run. A child
/// process does it, whose crash is a failure of the test and whose memory is its own. The last input of a child that
/// crashed stays in the temporary folder as affect-fuzz-FORMAT.bin.
///
///     AFFECT_FUZZ_SECONDS=600 swift test -c release --filter FuzzTests
@Suite(.serialized) struct FuzzTests {
  @Test func pickledStateDicts() async throws {
    let result = try await #require(processExitsWith: .success, observing: [\.standardErrorContent]) {
      try Fuzzer(
        name: "pickle", seeds: TorchFileSeeds.all, forge: TorchFileSeeds.forged, open: { try PickledStateDict($0) }
      ).run()
    }
    print(String(decoding: result.standardErrorContent, as: UTF8.self))
  }

  @Test func safetensors() async throws {
    let result = try await #require(processExitsWith: .success, observing: [\.standardErrorContent]) {
      try Fuzzer(
        name: "safetensors", seeds: SafeTensorsSeeds.all, forge: SafeTensorsSeeds.forged, open: { try SafeTensors($0) }
      ).run()
    }
    print(String(decoding: result.standardErrorContent, as: UTF8.self))
  }
}

/// Makes damaged files and opens them.
struct Fuzzer {
  let name: String
  /// Honest files.
  let seeds: [[UInt8]]
  /// A file made from scratch whose fields are chosen at random.
  let forge: (inout SeededGenerator) -> [UInt8]
  let open: (URL) throws -> any TensorSource

  /// Of one case, on a machine that does other things too.
  private static let mostSeconds = 10.0
  /// A file of kilobytes may show 4 million elements of 16 bytes again and again, and the test copies them.
  private static let mostMemory = 160 << 20
  private static let mostElements = 1 << 23

  /// What became of the cases.
  private struct Tally {
    var cases = 0
    var opened = 0
    var tensors = 0
    var refused: [String: Int] = [:]
    var slowest = 0.0
    var largest = 0
  }

  func run() throws {
    let seconds = ProcessInfo.processInfo.environment["AFFECT_FUZZ_SECONDS"].flatMap(Double.init) ?? 5
    let url = FileManager.default.temporaryDirectory.appending(path: "affect-fuzz-\(name).bin")
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var tally = Tally()
    // What is set up once is not a case's memory.
    for seed in seeds { try attempt(seed, url, &tally) }
    #expect(tally.opened == seeds.count, "the seeds are honest files")
    tally = Tally()
    while clock.now < end {
      var generator = SeededGenerator(seed: 1, tally.cases)
      let content = content(&generator)
      let before = Runtime.residentMemory ?? 0
      resetPeak()
      let start = clock.now
      try attempt(content, url, &tally)
      let elapsed = (clock.now - start) / .seconds(1)
      let memory = (Runtime.peakResidentMemory ?? 0) - before
      tally.slowest = max(tally.slowest, elapsed)
      tally.largest = max(tally.largest, memory)
      #expect(elapsed < Self.mostSeconds, "case \(tally.cases) took \(elapsed) s")
      #expect(!Self.measuresMemory || memory < Self.mostMemory, "case \(tally.cases) took \(memory) bytes")
      tally.cases += 1
    }
    try FileManager.default.removeItem(at: url)
    #expect(tally.cases > 100 && tally.opened > 0 && tally.refused.count > 10, "the cases reach little: \(tally)")
    report(tally)
  }

  private func content(_ generator: inout SeededGenerator) -> [UInt8] {
    if generator.below(3) == 0 {
      var made = forge(&generator)
      if generator.below(4) == 0 { made = Mutation.mutated(made, others: seeds, &generator) }
      return made
    }
    return Mutation.mutated(generator.pick(seeds), others: seeds, &generator)
  }

  private func attempt(_ content: [UInt8], _ url: URL, _ tally: inout Tally) throws {
    try Data(content).write(to: url)
    do {
      let source = try open(url)
      tally.opened += 1
      var elements = 0
      for name in source.names {
        let tensor = try source.tensor(name)
        #expect(tensor.shape == source.shape(of: name) && tensor.dtype == source.dtype(of: name))
        elements += tensor.count
        guard elements <= Self.mostElements else { break }
        // A copy reads every element.
        _ = try tensor.clone()
        tally.tensors += 1
      }
      _ = try source.tensors()
    } catch let error as FileError {
      // What varies in a message is in quotation marks or a number.
      let fixed = error.message.replacing(#/0x[0-9a-f]+/#, with: "")
        .split(separator: "'", omittingEmptySubsequences: false).enumerated()
        .map { $0.offset.isMultiple(of: 2) ? $0.element.filter { !$0.isNumber && !"[]-,".contains($0) } : "…" }.joined()
      tally.refused[String(fixed.split(separator: " ").joined(separator: " ").prefix(70)), default: 0] += 1
    }
  }

  private func report(_ tally: Tally) {
    var lines = [
      "\(name): \(tally.cases) cases, \(tally.opened) opened with \(tally.tensors) tensors read, "
        + "\(tally.cases - tally.opened) refused in \(tally.refused.count) ways; "
        + "slowest \(Int(tally.slowest * 1000)) ms, most memory \(tally.largest >> 20) MiB"
    ]
    for (kind, count) in tally.refused.sorted(by: { $0.value > $1.value }).prefix(40) {
      lines.append("  \(count) \(kind)")
    }
    FileHandle.standardError.write(Data((lines.joined(separator: "\n") + "\n").utf8))
  }

  #if os(Linux)
    static let measuresMemory = true
    /// Begins to measure the most memory that the process holds anew.
    private func resetPeak() { try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs")) }
  #else
    static let measuresMemory = false
    private func resetPeak() {}
  #endif
}
