import ArgumentParser
import Foundation
import Recognition
import Serving
import Workflows

struct ServeSubcommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Recognises emotions over HTTP, with a page to try it in.",
    discussion: """
      The page is at the address that is printed, the API is described at /openapi.json. SIGTERM ends the server when it
      has answered what it took. Jobs survive a restart where --jobs names a folder.

      Examples:
        affect serve
        affect serve --model RUN/bundle
        affect serve --model RUN/bundle --port 9000 --jobs ~/affect-jobs
        affect serve --model en=RUN/bundle --model de=OTHER/bundle --host 0.0.0.0 --keys keys.txt \\
          --tls-certificates chain.pem --tls-key key.pem
        curl --data-binary @call.mp3 -H 'Content-Type: audio/mpeg' http://127.0.0.1:8080/v1/recognize
      """)

  @Option(
    help: "A bundle of a training run, or NAME=BUNDLE; may be repeated (default: the model that comes with Affect).")
  var model: [String] = []
  @Option(help: "The name or address to listen at.") var host = "127.0.0.1"
  @Option(help: "The port to listen at; 0 takes any that is free.") var port = 8080
  @Option(help: "A folder in which jobs are kept.") var jobs: String?
  @Option(help: "Hours for which the result of a job is kept.") var keepHours = 24.0
  @Option(help: "The largest body, in megabytes.") var maxMegabytes = 200
  @Option(help: "The longest recording of a request and the longest stream, in seconds.") var maxSeconds = 3600.0
  @Option(help: "The longest recording of a job, in hours.") var maxJobHours = 12.0
  @Option(help: "How long a request may take, in seconds.") var timeout = 300.0
  @Option(help: "How long a body may take to arrive, in seconds.") var bodyTimeout = 60.0
  @Option(help: "How many recordings are recognised at a time.") var concurrency = 32
  @Option(help: "How many more requests may wait; then the answer is 429.") var queue = 64
  @Option(help: "How many jobs may wait.") var queuedJobs = 1000
  @Option(help: "How many live streams there may be.") var streams = 16
  @Option(help: "Requests that a client may begin in a minute (default: any number).") var rate: Int?
  @Option(help: "A file of API keys, one a line.") var keys: String?
  @Option(help: "A page's origin that browsers may let use the API; may be repeated.") var origin: [String] = []
  @Option(help: "The certificate chain, in PEM.") var tlsCertificates: String?
  @Option(help: "The certificate's private key, in PEM.") var tlsKey: String?
  @Option(help: "How many stretches of speech are computed together at the most.") var batch = 32
  @Option(help: "How long a stretch may wait for others to be computed with, in milliseconds.") var batchWait = 10.0
  @Option(help: "How long the server, asked to end, works on what it took, in seconds.") var shutdownTimeout = 60.0

  private func options(keys found: [String]) throws -> ServerOptions {
    var options = try ServerOptions(
      models: model.isEmpty
        ? [.init(name: "standard", bundle: ModelBundle.standard)]
        : model.map { text in
          let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
          if parts.count == 2, !parts[0].contains("/") { return .init(name: parts[0], bundle: URL(filePath: parts[1])) }
          return .init(name: Self.name(URL(filePath: text)), bundle: URL(filePath: text))
        })
    options.address = ServerAddress(host: host, port: port)
    options.folder = jobs.map { URL(filePath: $0) }
    (options.keepSeconds, options.maximumJobSeconds) = (keepHours * 3600, maxJobHours * 3600)
    options.maximumBytes = maxMegabytes > 0 && maxMegabytes <= 1_000_000 ? maxMegabytes << 20 : -1
    (options.maximumSeconds, options.secondsPerRequest, options.secondsPerBody) = (maxSeconds, timeout, bodyTimeout)
    (options.concurrency, options.queue, options.queuedJobs, options.streams) = (
      concurrency, queue, queuedJobs, streams
    )
    (options.requestsPerMinute, options.keys, options.origins) = (rate, found, origin)
    if let tlsCertificates, let tlsKey {
      options.tls = .init(certificates: URL(filePath: tlsCertificates), privateKey: URL(filePath: tlsKey))
    }
    options.locate = { try ModelLocation.folder($0) }
    (options.batch, options.batchLatency, options.shutdownSeconds) = (batch, batchWait / 1000, shutdownTimeout)
    return options
  }

  /// The name of a bundle's folder, or, as runs call it `bundle`, of the run.
  private static func name(_ folder: URL) -> String {
    let folder = folder.standardizedFileURL
    let last = folder.lastPathComponent
    let name = last == "bundle" ? folder.deletingLastPathComponent().lastPathComponent : last
    let plain = name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" }
    return plain.isEmpty ? "model" : String(plain)
  }

  func validate() throws {
    if let fault = try options(keys: []).fault { throw ValidationError(fault) }
    if (tlsCertificates == nil) != (tlsKey == nil) {
      throw ValidationError("--tls-certificates and --tls-key are given together")
    }
  }

  func run() async throws {
    let found = try keys.map { try ServerOptions.keys(in: URL(filePath: $0)) } ?? []
    if keys != nil, found.isEmpty { throw ValidationError("the file of --keys holds no key") }
    ServingMemory.keepFlat()
    if model.isEmpty { Console.note("affect: " + ModelBundle.standardNotice + "\n") }
    try await RecognitionServer(try options(keys: found)).run { url in
      Console.note("affect: serving at \(url)\n")
    }
  }
}
