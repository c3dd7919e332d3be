import Foundation
import Tensors

/// Maps elements on all cores, results in the order of the elements. Within `body` LibTorch uses one thread.
///
/// This is the one place where tensors cross threads: each result is made on one thread, handed over once, and not
/// touched there again.
func concurrentMap<Element, Output>(_ elements: [Element], _ body: (Element) -> Output) -> [Output] {
  [Output](unsafeUninitializedCapacity: elements.count) { buffer, count in
    count = elements.count
    guard let outputs = buffer.baseAddress, !elements.isEmpty else { return }
    withoutActuallyEscaping(body) { body in
      let slots = Slots(elements: elements, body: body, outputs: outputs)
      DispatchQueue.concurrentPerform(iterations: elements.count) { i in slots.fill(i) }
    }
  }
}

/// Work that several threads share: each index is filled by one of them.
private struct Slots<Element, Output>: @unchecked Sendable {
  let elements: [Element]
  let body: (Element) -> Output
  let outputs: UnsafeMutablePointer<Output>

  func fill(_ i: Int) {
    (outputs + i).initialize(to: Runtime.withThreadCount(1) { body(elements[i]) })
  }
}
