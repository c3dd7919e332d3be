import CTorch

/// Turns a C status into a thrown error: the one place where a status is looked at.
@inline(__always)
func check(
  _ status: Int32, _ operation: @autoclosure () -> String, _ arguments: @autoclosure () -> [String] = []
)
  throws(TensorError)
{
  guard status == 0 else {
    // The message is read at once: it is the thread's, and lives until its next call.
    let message = String(cString: ct_error_message())
    throw TensorError(
      operation: operation(), arguments: arguments(), message: tidy(message),
      kind: status == CTStatusOutOfMemory.rawValue ? .outOfMemory : .failure)
  }
}

/// The first line of a message, with the next where it announces one: what follows is for LibTorch's developers.
func tidy(_ message: String) -> String {
  let lines = message.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }
    .filter { !$0.isEmpty && !$0.hasPrefix("Exception raised from") && !$0.hasPrefix("frame #") }
  guard let first = lines.first else { return "LibTorch gave no reason" }
  // Of an operator that a device lacks, a page follows on all devices that have it.
  if first.hasPrefix("Could not run '"), let end = first.firstRange(of: ". ") {
    return String(first[..<end.lowerBound]) + "."
  }
  return first.hasSuffix(":") && lines.count > 1 ? "\(first) \(lines[1])" : String(first)
}
