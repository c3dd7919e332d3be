import Foundation

extension Substring {
  /// The text without the white space around it, line ends not counted as such. A release has millions of cells, and
  /// Foundation's way takes longer than everything else that is done with one.
  var trimmed: String {
    var bytes = utf8
    while let first = bytes.first, first == 32 || first == 9 { bytes.removeFirst() }
    while let last = bytes.last, last == 32 || last == 9 { bytes.removeLast() }
    // Beyond ASCII there is more white space.
    let isPlain = (bytes.first ?? 0) < 128 && (bytes.last ?? 0) < 128
    return isPlain ? String(Substring(bytes)) : trimmingCharacters(in: .whitespaces)
  }
}
