import Foundation

/// The command `espeak-ng`.
struct ESpeak: Sendable {
  /// What is spoken and how.
  struct Speech: Sendable, Equatable {
    let text: String
    let voice: String
    /// Words per minute, 80 to 450.
    let rate: Int
    /// 0 to 99.
    let pitch: Int
    /// Per cent of the voice's own pitch range.
    let range: Int
    /// 0 to 200.
    let amplitude: Int
  }

  let command: URL

  /// The command on the search path, or nil.
  static func find() -> ESpeak? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.lazy.map { URL(filePath: String($0)).appending(path: "espeak-ng") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }.map(ESpeak.init)
  }

  /// The command on the search path. Throws `CorporaError.speechSynthesis` where it is not installed.
  static func required() throws -> ESpeak {
    guard let espeak = find() else {
      throw CorporaError.speechSynthesis(
        problem: "the command espeak-ng was not found; install it (apt-get install espeak-ng, brew install espeak-ng)")
    }
    return espeak
  }

  /// Speaks to a WAV file of 22.05 kHz, 16 bits, one channel.
  func speak(_ speech: Speech, to file: URL) async throws {
    let process = Process()
    process.executableURL = command
    // The pitch range can be set by SSML alone.
    process.arguments = [
      "-m", "-b", "1", "-v", speech.voice, "-s", String(speech.rate), "-p", String(speech.pitch), "-a",
      String(speech.amplitude), "-w", file.path,
      "<speak><prosody range=\"\(speech.range)%\">\(Self.escaped(speech.text))</prosody></speak>",
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let status: Int32 = try await withCheckedThrowingContinuation { continuation in
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do {
        try process.run()
      } catch {
        process.terminationHandler = nil
        continuation.resume(
          throwing: CorporaError.speechSynthesis(
            problem: "\(command.path) could not be started: \(error.localizedDescription)"))
      }
    }
    let size = try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int
    // A WAV header alone has 44 bytes: espeak-ng reports success for a voice that it can't speak with.
    guard status == 0, let size, size > 44 else {
      throw CorporaError.speechSynthesis(
        problem: "espeak-ng (\(command.path)) made no audio of \"\(speech.text)\" with the voice \(speech.voice): "
          + "exit status \(status); version 1.51 or later with its English voices is needed")
    }
  }

  private static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
  }
}
