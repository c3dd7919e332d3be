public import Foundation
import Tokenizers

/// `affect tokenize`
public struct TokenizeCommand {
  /// What a line of output is.
  public enum Output: Sendable {
    /// A JSON array of ids for a JSON string.
    case ids
    /// `{"ids": [...], "offsets": [[start, end], ...]}` for a JSON string; offsets are in Unicode scalars.
    case offsets
    /// A JSON string for a JSON array of ids.
    case text
  }

  private let tokenizer: Tokenizer
  private let output: Output
  private let specialTokens: Bool

  /// Reads a model's tokenizer.
  ///
  /// - Parameters:
  ///   - model: a model's folder as it is published
  ///   - specialTokens: whether to put the model's special tokens around a text, or to keep those among decoded ids
  /// - Throws: `TokenizerError`
  public init(model: URL, output: Output, specialTokens: Bool) throws {
    tokenizer = try Tokenizer(contentsOf: model)
    self.output = output
    self.specialTokens = specialTokens
  }

  /// Answers each line of a file, or of standard input, with a line.
  ///
  /// - Parameter write: takes the answers, several lines at a time
  /// - Throws: `LineError` for a line that is no JSON of the kind that is expected
  public func run(_ file: URL?, write: (String) throws -> Void) throws {
    let name = file?.path ?? "standard input"
    let handle: FileHandle
    do {
      handle = try file.map { try FileHandle(forReadingFrom: $0) } ?? .standardInput
    } catch {
      throw LineError(description: "\(name) can't be read: \(error.localizedDescription)")
    }
    var number = 0
    var rest = Data()
    while true {
      let block = try Self.read(handle, name)
      if block.isEmpty { break }
      // Only what is new is searched: a line may be long.
      guard let last = block.lastIndex(of: 0x0A) else {
        rest.append(block)
        continue
      }
      let end = rest.count + (last - block.startIndex)
      rest.append(block)
      var answers = ""
      for line in rest[..<end].split(separator: 0x0A, omittingEmptySubsequences: false) {
        number += 1
        answers += try answer(line, name, number) + "\n"
      }
      rest = Data(rest[(end + 1)...])
      try write(answers)
    }
    if !rest.isEmpty { try write(try answer(rest, name, number + 1) + "\n") }
  }

  /// What there is to read; an answer shall not wait for a block to be full.
  private static func read(_ handle: FileHandle, _ name: String) throws -> Data {
    var block = Data(count: 1 << 16)
    let count = block.withUnsafeMutableBytes { Foundation.read(handle.fileDescriptor, $0.baseAddress, $0.count) }
    guard count >= 0 else { throw LineError(description: "\(name) can't be read: \(String(cString: strerror(errno)))") }
    return block.prefix(count)
  }

  private func answer(_ line: Data, _ name: String, _ number: Int) throws -> String {
    func fault(_ problem: String) -> LineError { LineError(description: "\(name), line \(number): \(problem)") }
    do {
      if output == .text {
        guard let ids = try? JSONDecoder().decode([Int].self, from: line) else {
          throw fault("a JSON array of ids is expected, such as [0,31414,2]")
        }
        let text = try tokenizer.decode(ids, skipsSpecialTokens: !specialTokens)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: try encoder.encode(text), as: UTF8.self)
      }
      guard let text = try? JSONDecoder().decode(String.self, from: line) else {
        throw fault("a JSON string is expected, such as \"I can't believe it!\"")
      }
      let encoding = try tokenizer.encode(text, addsSpecialTokens: specialTokens)
      let ids = "[" + encoding.ids.map(String.init).joined(separator: ",") + "]"
      guard output == .offsets else { return ids }
      let offsets = encoding.spans.map { "[\($0.lowerBound),\($0.upperBound)]" }.joined(separator: ",")
      return "{\"ids\":\(ids),\"offsets\":[\(offsets)]}"
    } catch let error as TokenizerError {
      throw fault(error.description)
    }
  }
}

/// Input that can't be read, or a line of it that is not what is expected.
public struct LineError: Error, CustomStringConvertible {
  /// The file, the line, and what would be right.
  public let description: String
}
