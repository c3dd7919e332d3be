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
    throw TensorError(operation: operation(), arguments: arguments(), message: tidy(message))
  }
}

/// Takes out of a message what only LibTorch's developers need.
func tidy(_ message: String) -> String {
  let lines = message.split(separator: "\n", omittingEmptySubsequences: true)
    .prefix { !$0.hasPrefix("Exception raised from") && !$0.hasPrefix("frame #") }
  return lines.joined(separator: "\n")
}
