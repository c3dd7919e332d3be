import HTTPTypes

/// Reads `multipart/form-data` (RFC 7578) as it comes, in memory that does not grow with the body. Strict: whatever the
/// RFC does not allow is an error, for what two readers read differently is a way past one of them.
struct MultipartParser {
  /// What was read.
  enum Event: Equatable {
    /// A field begins.
    case field(name: String, fileName: String?)
    /// Bytes of the field.
    case data([UInt8])
    /// The last boundary was read.
    case end
  }

  private enum State { case preamble, headers, body, afterBoundary, ended }

  /// A part's headers are at most so long, in bytes.
  static let longestHeaders = 8192
  /// There are at most so many fields.
  static let mostFields = 32

  private let delimiter: [UInt8]
  private var state = State.preamble
  private var pending: [UInt8] = []
  private var fields = 0

  /// A parser for the value of the header `Content-Type`. Throws a problem for one without a boundary.
  init(contentType: String) throws(Problem) {
    guard let boundary = HeaderValue(contentType)?.parameters["boundary"], (1...70).contains(boundary.utf8.count),
      boundary.utf8.allSatisfy({ (0x20...0x7e).contains($0) }), boundary.last != " "
    else {
      throw .badRequest(
        "multipart/form-data needs a boundary of 1 to 70 characters in the header Content-Type",
        parameter: "Content-Type")
    }
    delimiter = Array("\r\n--\(boundary)".utf8)
    // The first boundary may stand at the very beginning.
    pending = [13, 10]
  }

  /// Takes bytes, and gives what they complete.
  mutating func add(_ bytes: some Sequence<UInt8>) throws(Problem) -> [Event] {
    pending.append(contentsOf: bytes)
    var events: [Event] = []
    while try step(into: &events) {}
    return events
  }

  /// Throws where the body ended before its last boundary.
  func finish() throws(Problem) {
    guard state == .ended else {
      throw .badRequest("the multipart body ends before its closing boundary: it is truncated")
    }
  }

  private mutating func step(into events: inout [Event]) throws(Problem) -> Bool {
    switch state {
    case .preamble:
      guard let place = find(delimiter) else {
        guard pending.count <= Self.longestHeaders else {
          throw .badRequest("the multipart body does not begin with the boundary that Content-Type gives")
        }
        return false
      }
      pending.removeFirst(place + delimiter.count)
      state = .afterBoundary
    case .afterBoundary:
      guard pending.count >= 2 else { return false }
      if pending[0] == 45, pending[1] == 45 {
        state = .ended
        pending.removeAll()
        events.append(.end)
      } else if pending[0] == 13, pending[1] == 10 {
        // The line break may also begin the empty line after no headers.
        state = .headers
      } else {
        throw .badRequest("a multipart boundary is followed by something else than a line break or '--'")
      }
    case .headers:
      guard let place = find([13, 10, 13, 10]) else {
        guard pending.count <= Self.longestHeaders else {
          throw .badRequest("the headers of a multipart field are longer than \(Self.longestHeaders) bytes")
        }
        return false
      }
      let text = String(decoding: pending[..<place], as: UTF8.self)
      pending.removeFirst(place + 4)
      events.append(try field(text))
      // An empty field's boundary follows the headers at once, its line break being theirs.
      pending.insert(contentsOf: [13, 10], at: 0)
      state = .body
      isFirst = true
    case .body:
      return body(into: &events)
    case .ended:
      // What follows the last boundary means nothing.
      pending.removeAll()
      return false
    }
    return true
  }

  private var isFirst = false

  private mutating func body(into events: inout [Event]) -> Bool {
    if let place = find(delimiter) {
      emit(place, into: &events)
      pending.removeFirst(delimiter.count)
      state = .afterBoundary
      return true
    }
    let safe = pending.count - delimiter.count + 1
    if safe > 2 || (safe > 0 && !isFirst) { emit(safe, into: &events) }
    return false
  }

  /// Gives away the first bytes, but for the line break that was put before a field's first.
  private mutating func emit(_ count: Int, into events: inout [Event]) {
    let skipped = isFirst ? min(2, count) : 0
    if count > skipped { events.append(.data(Array(pending[skipped..<count]))) }
    pending.removeFirst(count)
    if count >= 2 || !isFirst { isFirst = false }
  }

  private mutating func field(_ text: String) throws(Problem) -> Event {
    fields += 1
    guard fields <= Self.mostFields else {
      throw .badRequest("there are more than \(Self.mostFields) multipart fields")
    }
    var disposition: HeaderValue?
    for line in text.split(separator: "\r\n", omittingEmptySubsequences: true) {
      guard let colon = line.firstIndex(of: ":") else {
        throw .badRequest("a header of a multipart field has no colon")
      }
      let name = line[..<colon].lowercased()
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      if name == "content-disposition" {
        guard disposition == nil else { throw .badRequest("a multipart field has two Content-Disposition headers") }
        disposition = HeaderValue(String(value))
      } else if name == "content-transfer-encoding", !["binary", "8bit", "7bit"].contains(value.lowercased()) {
        throw .badRequest("a multipart field is encoded as \(value); binary is expected")
      }
    }
    guard let disposition, disposition.value == "form-data", let name = disposition.parameters["name"], !name.isEmpty
    else {
      throw .badRequest("a multipart field needs the header Content-Disposition: form-data; name=\"…\"")
    }
    return .field(name: name, fileName: disposition.parameters["filename"])
  }

  private func find(_ pattern: [UInt8]) -> Int? {
    guard pending.count >= pattern.count else { return nil }
    return pending.withUnsafeBufferPointer { bytes in
      pattern.withUnsafeBufferPointer { pattern in
        var i = 0
        let last = bytes.count - pattern.count
        while i <= last {
          if bytes[i] == pattern[0] {
            var k = 1
            while k < pattern.count, bytes[i + k] == pattern[k] { k += 1 }
            if k == pattern.count { return i }
          }
          i += 1
        }
        return nil
      }
    }
  }
}

/// A header's value with its parameters, such as `form-data; name="file"`.
struct HeaderValue: Equatable {
  /// What stands before the parameters, in small letters.
  let value: String
  /// The parameters, their names in small letters.
  let parameters: [String: String]

  /// Nil for text that is none.
  init?(_ text: String) {
    var rest = text[...]
    func trim() { rest = rest.drop { $0 == " " || $0 == "\t" } }
    let head = rest.prefix { $0 != ";" }
    rest = rest.dropFirst(head.count)
    value = head.trimmingBlanks.lowercased()
    var parameters: [String: String] = [:]
    while rest.first == ";" {
      rest = rest.dropFirst()
      trim()
      let name = rest.prefix { $0 != "=" && $0 != ";" }
      rest = rest.dropFirst(name.count)
      if name.trimmingBlanks.isEmpty, rest.first != "=" { continue }
      guard rest.first == "=" else { return nil }
      rest = rest.dropFirst()
      var content = ""
      if rest.first == "\"" {
        rest = rest.dropFirst()
        while let next = rest.first, next != "\"" {
          rest = rest.dropFirst()
          // Browsers write %22 for a quotation mark and leave a backslash alone, others escape it with one.
          if next == "\\", let escaped = rest.first, escaped == "\"" || escaped == "\\" {
            content.append(escaped)
            rest = rest.dropFirst()
          } else {
            content.append(next)
          }
        }
        guard rest.first == "\"" else { return nil }
        rest = rest.dropFirst()
        trim()
      } else {
        let bare = rest.prefix { $0 != ";" }
        rest = rest.dropFirst(bare.count)
        content = bare.trimmingBlanks
      }
      let key = name.trimmingBlanks.lowercased()
      guard parameters.updateValue(content, forKey: key) == nil else { return nil }
    }
    guard rest.isEmpty else { return nil }
    self.parameters = parameters
  }
}

extension Substring {
  fileprivate var trimmingBlanks: String {
    var text = drop { $0 == " " || $0 == "\t" }
    while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
    return String(text)
  }
}
