import CZlib
import Foundation

/// How many times smaller zlib makes a window's tokens: text that repeats itself compresses well.
///
/// The tokens are compressed as transformers does it, each as the bytes of its id; OpenAI's code compresses the text.
enum CompressionRatio {
  static func of(_ tokens: [Int], vocabularySize: Int) -> Double {
    guard !tokens.isEmpty else { return 0 }
    let width = Int(log2(Double(vocabularySize)) / 8) + 1
    let bytes = tokens.flatMap { token in (0..<width).map { UInt8(truncatingIfNeeded: token >> (8 * $0)) } }
    var count = compressBound(uLong(bytes.count))
    var compressed = [UInt8](repeating: 0, count: Int(count))
    // Can't fail: there is room for the worst case.
    _ = compress(&compressed, &count, bytes, uLong(bytes.count))
    return Double(bytes.count) / Double(count)
  }
}
