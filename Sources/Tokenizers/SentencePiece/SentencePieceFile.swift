import Foundation

/// What an `spm.model` says: the message `ModelProto` of SentencePiece's `sentencepiece_model.proto`, as far as
/// encoding and decoding ask for it.
struct SentencePieceFile {
  /// How a text is cut.
  enum Algorithm: UInt64 { case unigram = 1, bytePairs, words, characters }

  /// What a piece is for.
  enum Kind: UInt64, Sendable { case normal = 1, unknown, control, userDefined, unused, byte }

  struct Piece {
    var text = ""
    var score: Float = 0
    var kind = Kind.normal
  }

  struct Normalization {
    var charsmap: Charsmap?
    var addsDummyPrefix = true
    var removesExtraSpaces = true
    var escapesSpaces = true
  }

  private(set) var pieces: [Piece] = []
  private(set) var algorithm = Algorithm.unigram
  private(set) var fallsBackToBytes = false
  private(set) var putsSpacesBehindWords = false
  private(set) var unknownSurface = " \u{2047} "
  private(set) var normalization = Normalization()
  private(set) var denormalization: Normalization?
  let url: URL
  private let bytes: [UInt8]

  init(contentsOf url: URL) throws {
    do {
      bytes = Array(try Data(contentsOf: url, options: .mappedIfSafe))
    } catch {
      throw TokenizerError.file(url, problem: "can't be read: \(error.localizedDescription)")
    }
    self.url = url
    try fields(of: bytes.indices, "the model") { file, field, value throws(ProtobufReader.Fault) in
      switch (field, value) {
      case (1, .bytes(let range)): file.pieces.append(try file.piece(range))
      case (2, .bytes(let range)): try file.readTraining(range)
      case (3, .bytes(let range)): file.normalization = try file.normalization(range)
      case (5, .bytes(let range)): file.denormalization = try file.normalization(range)
      case (1...3, _), (5, _): throw ProtobufReader.Fault(position: 0, problem: "field \(field) is no message")
      default: break
      }
    }
    guard !pieces.isEmpty else {
      throw TokenizerError.file(url, problem: "is no SentencePiece model: it has no pieces")
    }
  }

  /// Calls `body` with each field of a message; what is wrong in it is an error that names the byte.
  private mutating func fields(
    of range: Range<Int>, _ name: String,
    _ body: (inout SentencePieceFile, Int, ProtobufReader.Value) throws(ProtobufReader.Fault) -> Void
  ) throws {
    do {
      try read(range, body)
    } catch {
      throw TokenizerError.place(
        url, at: "byte \(error.position + 1)", problem: "is no SentencePiece model: \(error.problem)")
    }
  }

  private mutating func read(
    _ range: Range<Int>,
    _ body: (inout SentencePieceFile, Int, ProtobufReader.Value) throws(ProtobufReader.Fault) -> Void
  ) throws(ProtobufReader.Fault) {
    var reader = ProtobufReader(bytes, range)
    while true {
      let start = reader.position
      guard let (field, value) = try reader.next() else { return }
      do throws(ProtobufReader.Fault) {
        try body(&self, field, value)
      } catch {
        throw error.position > 0 ? error : ProtobufReader.Fault(position: start, problem: error.problem)
      }
    }
  }

  private mutating func piece(_ range: Range<Int>) throws(ProtobufReader.Fault) -> Piece {
    var piece = Piece()
    let index = pieces.count
    try read(range) { file, field, value throws(ProtobufReader.Fault) in
      switch (field, value) {
      case (1, .bytes(let range)): piece.text = try file.text(range, "piece \(index)")
      case (2, .word(let bits)): piece.score = Float(bitPattern: bits)
      case (3, .number(let number)):
        guard let kind = Kind(rawValue: number) else {
          throw ProtobufReader.Fault(position: 0, problem: "piece \(index) has the unknown type \(number)")
        }
        piece.kind = kind
      case (1...3, _): throw ProtobufReader.Fault(position: 0, problem: "piece \(index) has a field of a wrong kind")
      default: break
      }
    }
    guard !piece.text.isEmpty, piece.score.isFinite else {
      throw ProtobufReader.Fault(
        position: range.lowerBound, problem: "piece \(index) \(piece.text.isEmpty ? "is empty" : "has no finite score")"
      )
    }
    return piece
  }

  private func text(_ range: Range<Int>, _ name: String) throws(ProtobufReader.Fault) -> String {
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw ProtobufReader.Fault(position: range.lowerBound, problem: "\(name) is not UTF-8")
    }
    return text
  }

  private mutating func readTraining(_ range: Range<Int>) throws(ProtobufReader.Fault) {
    try read(range) { file, field, value throws(ProtobufReader.Fault) in
      switch (field, value) {
      case (3, .number(let number)):
        guard let algorithm = Algorithm(rawValue: number) else {
          throw ProtobufReader.Fault(position: 0, problem: "the model has the unknown type \(number)")
        }
        file.algorithm = algorithm
      case (24, .number(let number)): file.putsSpacesBehindWords = number != 0
      case (35, .number(let number)): file.fallsBackToBytes = number != 0
      case (44, .bytes(let range)): file.unknownSurface = try file.text(range, "the unknown surface")
      default: break
      }
    }
  }

  private mutating func normalization(_ range: Range<Int>) throws(ProtobufReader.Fault) -> Normalization {
    var made = Normalization()
    try read(range) { file, field, value throws(ProtobufReader.Fault) in
      switch (field, value) {
      case (2, .bytes(let range)):
        guard !range.isEmpty else { break }
        do throws(Charsmap.Fault) {
          made.charsmap = try Charsmap(Array(file.bytes[range]))
        } catch {
          throw ProtobufReader.Fault(position: range.lowerBound, problem: error.problem)
        }
      case (3, .number(let number)): made.addsDummyPrefix = number != 0
      case (4, .number(let number)): made.removesExtraSpaces = number != 0
      case (5, .number(let number)): made.escapesSpaces = number != 0
      default: break
      }
    }
    return made
  }
}
