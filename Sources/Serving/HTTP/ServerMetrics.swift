import Foundation
import Synchronization

/// Counters and histograms, written in Prometheus's text format 0.0.4.
final class ServerMetrics: Sendable {
  /// A histogram with its buckets' upper bounds.
  struct Histogram {
    let bounds: [Double]
    var counts: [Int]
    var sum = 0.0

    init(_ bounds: [Double]) {
      self.bounds = bounds
      counts = Array(repeating: 0, count: bounds.count + 1)
    }

    mutating func record(_ value: Double) {
      counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
      sum += value
    }
  }

  private struct State {
    var requests: [String: Int] = [:]
    var seconds: [String: Histogram] = [:]
    var counters: [String: Double] = [:]
    var batches = Histogram([1, 2, 4, 8, 16, 32, 64])
    var batchSeconds = Histogram(ServerMetrics.times)
  }

  private static let times = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
  private static let counters = [
    ("affect_audio_seconds_total", "Seconds of recordings that were recognised."),
    ("affect_segments_total", "Segments that were recognised."),
    ("affect_jobs_finished_total", "Jobs that came to an end."),
    ("affect_stream_seconds_total", "Seconds of live audio."),
  ]

  private let state = Mutex(State())

  /// Counts a request. `route` is the path's template: a path of the client's own would make as many series as it likes.
  func request(method: String, route: String, status: Int, seconds: Double) {
    state.withLock { state in
      state.requests["method=\"\(method)\",route=\"\(route)\",status=\"\(status)\"", default: 0] += 1
      state.seconds["route=\"\(route)\"", default: Histogram(Self.times)].record(seconds)
    }
  }

  /// Adds to one of the plain counters.
  func add(_ value: Double, to counter: String) { state.withLock { $0.counters[counter, default: 0] += value } }

  /// Counts a batch that the engine computed.
  func batch(size: Int, seconds: Double) {
    state.withLock { state in
      state.batches.record(Double(size))
      state.batchSeconds.record(seconds)
    }
  }

  /// All of it as text, with gauges that are read now.
  func text(gauges: [(name: String, help: String, value: Double)]) -> String {
    var lines: [String] = []
    func head(_ name: String, _ type: String, _ help: String) {
      lines += ["# HELP \(name) \(help)", "# TYPE \(name) \(type)"]
    }
    func write(_ histogram: Histogram, _ name: String, _ labels: String) {
      var total = 0
      let inner = labels.isEmpty ? "" : labels + ","
      for (bound, count) in zip(histogram.bounds.map { "\($0)" } + ["+Inf"], histogram.counts) {
        total += count
        lines.append("\(name)_bucket{\(inner)le=\"\(bound)\"} \(total)")
      }
      let outer = labels.isEmpty ? "" : "{\(labels)}"
      lines += ["\(name)_sum\(outer) \(histogram.sum)", "\(name)_count\(outer) \(total)"]
    }
    state.withLock { state in
      head("affect_requests_total", "counter", "Requests by method, route and status.")
      for (labels, count) in state.requests.sorted(by: { $0.key < $1.key }) {
        lines.append("affect_requests_total{\(labels)} \(count)")
      }
      head("affect_request_seconds", "histogram", "Seconds from a request's head to the end of its answer.")
      for (labels, histogram) in state.seconds.sorted(by: { $0.key < $1.key }) {
        write(histogram, "affect_request_seconds", labels)
      }
      head("affect_batch_size", "histogram", "Stretches of speech that were computed together.")
      write(state.batches, "affect_batch_size", "")
      head("affect_batch_seconds", "histogram", "Seconds that a batch took.")
      write(state.batchSeconds, "affect_batch_seconds", "")
      for (name, help) in Self.counters {
        head(name, "counter", help)
        lines.append("\(name) \(state.counters[name] ?? 0)")
      }
    }
    for gauge in gauges {
      head(gauge.name, "gauge", gauge.help)
      lines.append("\(gauge.name) \(gauge.value)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The memory that the process holds, in bytes; nil where the system does not tell.
  static var residentBytes: Double? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? Double(fields[1]).map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) } : nil
  }
}
