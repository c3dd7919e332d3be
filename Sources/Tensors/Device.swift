import CTorch

/// Where a tensor lives and its operators run.
public struct Device: Hashable, Sendable, CustomStringConvertible {
  /// The kinds of device that Affect runs on.
  public enum Kind: String, CaseIterable, Sendable { case cpu, cuda, mps }

  /// The kind.
  public let kind: Kind
  /// Which of several devices of that kind; nil is the current one.
  public let index: Int?

  /// A device of a kind, by its index where there are several.
  public init(_ kind: Kind, index: Int? = nil) {
    self.kind = kind
    self.index = index
  }

  /// The CPU.
  public static let cpu = Device(.cpu)
  /// The current NVIDIA GPU.
  public static let cuda = Device(.cuda)
  /// Apple's GPU.
  public static let mps = Device(.mps)

  /// A device by its name: `cpu`, `cuda`, `cuda:1`, `mps`; nil for anything else.
  public init?(_ name: String) {
    let parts = name.split(separator: ":", omittingEmptySubsequences: false)
    guard let kind = Kind(rawValue: String(parts[0])), parts.count <= 2 else { return nil }
    if parts.count == 2 {
      guard let index = Int(parts[1]), (0...127).contains(index) else { return nil }
      self.init(kind, index: index)
    } else {
      self.init(kind)
    }
  }

  /// Whether LibTorch can use a device of this kind here.
  public var isAvailable: Bool { ct_has_device(code) }

  /// The fastest device at hand: CUDA, else MPS, else the CPU.
  public static var best: Device { [.cuda, .mps].first(where: \.isAvailable) ?? .cpu }

  /// The name that `init(_:)` reads.
  public var description: String { kind.rawValue + (index.map { ":\($0)" } ?? "") }

  var code: CTDeviceType {
    switch kind {
    case .cpu: CTDeviceCPU
    case .cuda: CTDeviceCUDA
    case .mps: CTDeviceMPS
    }
  }

  init?(code: Int8, index: Int8) {
    guard let kind = Kind.allCases.first(where: { Device($0).code.rawValue == code }) else { return nil }
    self.init(kind, index: kind == .cuda && index >= 0 ? Int(index) : nil)
  }
}
