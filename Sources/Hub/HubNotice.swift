/// What is worth telling while a model is fetched.
public enum HubNotice: Equatable, Sendable, CustomStringConvertible {
  /// How far it is; the next one replaces it.
  case progress(HubProgress)
  /// A line to keep.
  case line(String)

  /// The notice as a line.
  public var description: String {
    switch self {
    case .progress(let progress): progress.description
    case .line(let text): text
    }
  }
}

/// How far a model's download is.
public struct HubProgress: Equatable, Sendable, CustomStringConvertible {
  /// `microsoft/wavlm-large`
  public let id: String
  /// The file that moved last.
  public let file: String
  /// Bytes that are here, those of an earlier run included.
  public let received: Int
  /// Bytes that the files have together.
  public let total: Int
  /// Bytes in a second, over the last seconds; nil at the beginning.
  public let rate: Double?

  /// A state of a download.
  public init(id: String, file: String, received: Int, total: Int, rate: Double?) {
    (self.id, self.file, self.received, self.total, self.rate) = (id, file, received, total, rate)
  }

  /// `microsoft/wavlm-large: 412 MB of 1.3 GB (33 %), 25 MB/s, 35 s left: model.safetensors`
  public var description: String {
    var text = "\(id): \(ByteCount.text(received)) of \(ByteCount.text(total))"
    if total > 0 { text += " (\(received * 100 / total) %)" }
    if let rate, rate > 0 {
      let seconds = Int((Double(total - received) / rate).rounded(.up))
      let left = seconds < 100 ? "\(seconds) s" : seconds < 6000 ? "\(seconds / 60) min" : "\(seconds / 3600) h"
      text += ", \(ByteCount.text(Int(rate)))/s, \(left) left"
    }
    return text + ": \(file)"
  }
}
