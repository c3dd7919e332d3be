package import Basics
import Tensors

/// Batches that other threads load while the model works on those before, so that a step never waits for the disk. They
/// come in their order, whatever the threads do; what fails to load is thrown when its turn comes.
package struct BatchFeed {
  private let pipeline: OrderedPipeline<Batch>

  /// Batches that are loaded ahead; a batch of 16 clips of 300 frames and 1024 numbers takes 20 MB.
  private static let ahead = 4
  /// Batches whose clips the data hears of before they are loaded.
  private static let announced = 8

  /// Begins to load.
  ///
  /// - Parameter augmentation: gives each clip its random numbers, or nil
  package init(
    _ data: any TrainingData, _ batches: [[Int]], classCount: Int,
    augmentation: @escaping (Int) -> SeededGenerator? = { _ in nil }
  ) {
    pipeline = OrderedPipeline(count: batches.count, threads: data.loadingThreads, ahead: Self.ahead) { number in
      let news = number == 0 ? 0...Self.announced : (number + Self.announced)...(number + Self.announced)
      for next in news where next < batches.count { try data.willLoad(batches[next]) }
      return try Runtime.withThreadCount(1) {
        try Batch(data, batches[number], classCount: classCount, augmentation: augmentation)
      }
    }
  }

  /// The next batch; nil after the last.
  package func next() throws -> Batch? { try pipeline.next() }
}
