import Foundation
import Tensors

/// How much memory training may keep between its steps.
enum TrainingMemory {
  /// Keeps freed tensors for the next step, up to half of the machine's memory shared by `processes`: what a step frees it
  /// needs again at once, and fresh pages cost up to half of its time.
  static func keep(processes: Int = 1) throws {
    try Runtime.setKeptMemoryLimit(Int(ProcessInfo.processInfo.physicalMemory / 2) / max(processes, 1))
  }

  /// Keeps what a batch of a published model frees for the next one, as far as no more is kept already.
  static func keepForEncoders() throws {
    if Runtime.keptMemoryLimit < 256 << 20 { try Runtime.setKeptMemoryLimit(256 << 20) }
  }
}
