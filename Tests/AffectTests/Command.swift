import Foundation
import TestSupport

/// The built command, run as a process.
enum Command {
  /// What a process came to.
  struct Result {
    let status: Int32
    let output: String
    let errors: String

    var json: Any? { try? JSONSerialization.jsonObject(with: Data(output.utf8)) }
  }

  /// The folder of built products, in which the test bundle lies too.
  private static let products: URL = {
    for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") {
      return bundle.bundleURL.deletingLastPathComponent()
    }
    return URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
  }()

  static let executable = products.appending(path: "affect")

  /// A process of the command that is not started yet. One thread: the figures then depend on nothing else.
  static func process(_ arguments: [String], in folder: URL? = nil, executable: URL = executable) -> Process {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    var environment = ProcessInfo.processInfo.environment
    environment["OMP_NUM_THREADS"] = "1"
    process.environment = environment
    return process
  }

  /// Runs the command to its end.
  static func run(_ arguments: String..., in folder: URL? = nil) throws -> Result {
    try run(process(arguments, in: folder))
  }

  /// Runs a line of shell in which `$affect` is the command.
  static func shell(_ line: String, in folder: URL) throws -> Result {
    let process = process(["-c", line], in: folder, executable: URL(filePath: "/bin/sh"))
    process.environment?["affect"] = executable.path
    return try run(process)
  }

  /// Runs a process to its end.
  static func run(_ process: Process) throws -> Result {
    // Files take any amount of output; a pipe that nobody reads would stop the process.
    let files = ["out", "err"].map {
      FileManager.default.temporaryDirectory.appending(path: "affect-\(UUID().uuidString).\($0)")
    }
    defer { for file in files { try? FileManager.default.removeItem(at: file) } }
    let handles = try files.map { file in
      try Data().write(to: file)
      return try FileHandle(forWritingTo: file)
    }
    process.standardOutput = handles[0]
    process.standardError = handles[1]
    try process.start()
    process.waitUntilExit()
    let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    return Result(status: process.terminationStatus, output: texts[0], errors: texts[1])
  }
}
