import Foundation

/// A picture of energies over time and frequency, as a PNG in an SVG.
public struct Spectrogram: Codable, Equatable, Sendable {
  /// Frames in order of time, each with energies from low to high frequency, on any logarithmic scale.
  public let frames: [[Float]]
  /// Seconds that they cover.
  public let seconds: Double

  /// A picture of frames of equal width.
  public init(frames: [[Float]], seconds: Double) {
    self.frames = frames
    self.seconds = seconds
  }

  func markup(label: String) -> String {
    var svg = SVG(width: 400, height: 96, label: label)
    svg.image(0, 0, 400, 80, "data:image/png;base64," + png.base64EncodedString())
    svg.text(0, 93, "0 s", "tick")
    svg.text(400, 93, String(format: "%.1f s", seconds), "tick", anchor: .end)
    return svg.markup
  }

  /// The picture in 64 shades, high frequencies above.
  var png: Data {
    let width = min(frames.count, 360)
    let height = frames.first?.count ?? 0
    guard width > 0, height > 0, frames.allSatisfy({ $0.count == height }) else {
      return PNG.encoded(width: 1, height: 1, pixels: [0], palette: [(0, 0, 0)])
    }
    let values = frames.flatMap(\.self).filter(\.isFinite).sorted()
    let low = values.isEmpty ? 0 : values[values.count / 10]
    let high = values.isEmpty ? 1 : values[min(values.count - 1, values.count * 995 / 1000)]
    let span = max(high - low, 1e-6)
    var pixels = [UInt8](repeating: 0, count: width * height)
    for column in 0..<width {
      let frame = frames[column * frames.count / width]
      for band in 0..<height {
        let share = min(max((frame[band] - low) / span, 0), 1)
        pixels[(height - 1 - band) * width + column] = share.isNaN ? 0 : UInt8(share * 63)
      }
    }
    return PNG.encoded(width: width, height: height, pixels: pixels, palette: Self.palette)
  }

  /// From near black over blue and a warm red to a light yellow: lightness rises throughout, which serves every eye.
  private static let palette: [(UInt8, UInt8, UInt8)] = {
    let stops: [(Double, Double, Double)] = [
      (9, 10, 28), (43, 43, 122), (140, 50, 125), (222, 96, 74), (252, 224, 150),
    ]
    return (0..<64).map { step in
      let place = Double(step) / 63 * Double(stops.count - 1)
      let lower = min(Int(place), stops.count - 2)
      let share = place - Double(lower)
      func mix(_ a: Double, _ b: Double) -> UInt8 { UInt8(a + (b - a) * share) }
      let (a, b) = (stops[lower], stops[lower + 1])
      return (mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
    }
  }()
}

/// Writes pictures with a palette as PNG (ISO/IEC 15948), their bytes stored as they are: small enough for a page, and no
/// library is needed.
enum PNG {
  static func encoded(width: Int, height: Int, pixels: [UInt8], palette: [(UInt8, UInt8, UInt8)]) -> Data {
    var data = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    chunk("IHDR", big(width) + big(height) + [8, 3, 0, 0, 0], &data)
    chunk("PLTE", palette.flatMap { [$0.0, $0.1, $0.2] }, &data)
    var lines: [UInt8] = []
    for row in 0..<height { lines += [0] + pixels[row * width..<(row + 1) * width] }
    var stream: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: lines.count, by: 65_535) {
      let part = lines[start..<min(start + 65_535, lines.count)]
      let size = UInt16(part.count)
      stream.append(start + part.count == lines.count ? 1 : 0)
      for value in [size, ~size] { stream += [UInt8(value & 255), UInt8(value >> 8)] }
      stream += part
    }
    var (a, b) = (1, 0)
    for byte in lines {
      a = (a + Int(byte)) % 65_521
      b = (b + a) % 65_521
    }
    stream += big(b << 16 | a)
    chunk("IDAT", stream, &data)
    chunk("IEND", [], &data)
    return data
  }

  private static func big(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(value >> $0 & 255) } }

  private static func chunk(_ name: String, _ content: [UInt8], _ data: inout Data) {
    let body = Array(name.utf8) + content
    data += Data(big(content.count) + body + big(Int(crc(body))))
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
  }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(0xFFFF_FFFF) { table[Int(($0 ^ UInt32($1)) & 255)] ^ ($0 >> 8) }
  }
}
