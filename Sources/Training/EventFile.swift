import Basics
import Foundation

/// The epochs of a run as TensorBoard reads them: a file of TFRecords, each with an `Event` message of scalar summaries.
///
/// A record is its length (8 bytes), the length's checksum, the message, the message's checksum; checksums are CRC-32C,
/// masked. A record that a killed process left half-written ends the file for every reader, and a run that is gone on with
/// writes the file anew.
struct EventFile {
  private let url: URL

  /// The name does not change, so that a run has one file however often it is gone on with.
  init(folder: URL) { url = folder.appending(path: "events.out.tfevents.0000000001.affect") }

  /// Writes the file with the epochs so far.
  func write(_ history: [EpochRecord]) throws {
    let now = Date().timeIntervalSince1970
    var data = Self.record(Self.event(time: now, step: 0) + Self.text(3, "brain.Event:2"))
    for (index, epoch) in history.enumerated() { data += Self.record(Self.event(epoch, step: index + 1, time: now)) }
    try AtomicFile.write(data, to: url)
  }

  /// Adds an epoch; `step` counts the epochs of all stages from 1.
  func append(_ epoch: EpochRecord, step: Int) throws {
    let handle: FileHandle
    do { handle = try FileHandle(forWritingTo: url) } catch {
      throw FileError(url: url, message: "can't be opened: \(error.localizedDescription)")
    }
    defer { try? handle.close() }
    try handle.seekToEnd()
    try handle.write(contentsOf: Self.record(Self.event(epoch, step: step, time: Date().timeIntervalSince1970)))
  }

  private static func event(_ epoch: EpochRecord, step: Int, time: Double) -> Data {
    let values: [(String, Double)] = [
      ("loss/train", epoch.trainLoss), ("loss/dev", epoch.devLoss), ("dev/macroF1", epoch.devMacroF1),
      ("dev/UAR", epoch.devUAR), ("dev/accuracy", epoch.devAccuracy), ("train/learningRate", epoch.learningRate),
      ("train/clipsPerSecond", Double(epoch.clips) / max(epoch.seconds, 1e-9)),
    ]
    // Summary.value, field 1: Value with tag, field 1, and simple_value, field 2, a float.
    let summary = values.reduce(into: Data()) { data, value in
      var bits = Float(value.1).bitPattern.littleEndian
      let number = Data([2 << 3 | 5]) + Data(bytes: &bits, count: 4)
      data += message(1, text(1, value.0) + number)
    }
    return event(time: time, step: step) + message(5, summary)
  }

  /// wall_time, field 1, a double; step, field 2.
  private static func event(time: Double, step: Int) -> Data {
    var bits = time.bitPattern.littleEndian
    return Data([1 << 3 | 1]) + Data(bytes: &bits, count: 8) + Data([2 << 3]) + number(UInt64(step))
  }

  private static func text(_ field: UInt8, _ text: String) -> Data { message(field, Data(text.utf8)) }

  private static func message(_ field: UInt8, _ content: Data) -> Data {
    Data([field << 3 | 2]) + number(UInt64(content.count)) + content
  }

  /// A varint.
  private static func number(_ value: UInt64) -> Data {
    var (rest, data) = (value, Data())
    while rest > 127 {
      data.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    data.append(UInt8(rest))
    return data
  }

  private static func record(_ message: Data) -> Data {
    var size = UInt64(message.count).littleEndian
    let head = Data(bytes: &size, count: 8)
    return head + checksum(head) + message + checksum(message)
  }

  private static func checksum(_ data: Data) -> Data {
    let crc = ~data.reduce(UInt32.max) { table[Int(($0 ^ UInt32($1)) & 255)] ^ ($0 >> 8) }
    var masked = ((crc >> 15 | crc << 17) &+ 0xA282_EAD8).littleEndian
    return Data(bytes: &masked, count: 4)
  }

  /// Castagnoli's polynomial, reflected.
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0x82F6_3B78 ^ (value >> 1) : value >> 1 }
  }
}
