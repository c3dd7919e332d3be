public import Foundation

/// The folder of real recordings and texts that stands beside the repository on development machines. It is not part
/// of the repository; tests that need it are skipped without it, with this comment shown.
public enum SharedData {
  /// What a skipped test shows.
  public static let comment = "needs the development data in ../shared/data"

  /// The repository's root.
  public static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The folder of development data.
  public static let folder = repository.deletingLastPathComponent().appending(path: "shared/data")

  /// Whether the data is there.
  public static var isAvailable: Bool { FileManager.default.fileExists(atPath: folder.path) }

  /// A file or folder in the data.
  public static func url(_ path: String) -> URL { folder.appending(path: path) }

  /// The script that makes model folders with what the reference implementation computes from them.
  public static var oracle: URL { folder.deletingLastPathComponent().appending(path: "reference/oracle.py") }
}

/// The Python of `.deps/venv`, in which `make test` installs the peers that tests compare with.
public enum Peer {
  /// The Python that has the peers, as `scripts/setup.sh --peers` installs it.
  public static var interpreter: URL { SharedData.repository.appending(path: ".deps/venv/bin/python") }

  /// Runs a Python script with arguments and returns what it printed; a failure carries its standard error.
  public static func python(
    _ script: String, _ arguments: [String] = [], limit: Double = 600
  ) throws -> String {
    let process = Process()
    process.executableURL = interpreter
    process.arguments = ["-c", script] + arguments
    // What scripts of several tests share lies beside this file.
    let support = URL(filePath: #filePath).deletingLastPathComponent().path
    process.environment = ProcessInfo.processInfo.environment.merging([
      "PYTHONPATH": support, "PYTHONDONTWRITEBYTECODE": "1",
    ]) { $1 }
    // Files, not pipes: a process that outlives its parent would hold a pipe open, and reading it would never end.
    let files = try ["out", "err"].map { kind in
      let file = FileManager.default.temporaryDirectory.appending(path: "peer-\(UUID().uuidString).\(kind)")
      try Data().write(to: file)
      return file
    }
    defer { for file in files { try? FileManager.default.removeItem(at: file) } }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.start(limit: limit)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw PeerFailure(message: String(decoding: try Data(contentsOf: files[1]), as: UTF8.self))
    }
    return String(decoding: try Data(contentsOf: files[0]), as: UTF8.self)
  }
}

/// A peer that ended with an error.
public struct PeerFailure: Error, CustomStringConvertible {
  /// What it wrote to standard error.
  public let message: String
  /// The message with what it is about.
  public var description: String { "the Python peer failed:\n\(message)" }
}
