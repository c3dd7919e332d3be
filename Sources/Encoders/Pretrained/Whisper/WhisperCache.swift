import Tensors

/// The decoder's keys and values of the encoder's output, for some clips: computed once for a window.
struct WhisperCrossMemory {
  let clips: Int
  let layers: [WhisperCache.Layer]

  /// The memory of some of the clips.
  func selecting(_ chosen: [Int]) throws -> WhisperCrossMemory {
    guard chosen != Array(0..<clips) else { return self }
    let indices = try Tensor(chosen)
    return WhisperCrossMemory(clips: chosen.count, layers: try layers.map { try $0.selecting(indices) })
  }
}

/// What the decoder has read of each sequence so far, as keys and values in memory that is taken once.
final class WhisperCache {
  /// Of one layer, each (sequences, heads, places, width / heads).
  struct Layer {
    var keys: Tensor
    var values: Tensor

    func selecting(_ indices: Tensor) throws -> Layer {
      Layer(keys: try keys.indexSelected(0, indices), values: try values.indexSelected(0, indices))
    }
  }

  private(set) var memory: WhisperCrossMemory
  /// Sequences to a clip.
  let sequences: Int
  /// Tokens that there is room for.
  let capacity: Int
  /// Tokens read.
  var length = 0
  private var layers: [Layer]

  init(memory: WhisperCrossMemory, sequences: Int, capacity: Int, layers: [Layer]) {
    (self.memory, self.sequences, self.capacity, self.layers) = (memory, sequences, capacity, layers)
  }

  /// All sequences.
  var rows: Int { memory.clips * sequences }

  /// Puts keys and values of the next tokens behind the others, and lends all.
  func append(_ layer: Int, keys: Tensor, values: Tensor) throws -> (keys: Tensor, values: Tensor) {
    let count = keys.size(2)
    let own = layers[layer]
    try own.keys.narrowed(2, start: length, length: count).copyInPlace(keys)
    try own.values.narrowed(2, start: length, length: count).copyInPlace(values)
    return try (
      own.keys.narrowed(2, start: 0, length: length + count), own.values.narrowed(2, start: 0, length: length + count)
    )
  }

  /// Gives each sequence the past of another one of its clip.
  func reorder(_ origins: [Int]) throws {
    guard origins != Array(0..<rows) else { return }
    let indices = try Tensor(origins)
    for layer in layers {
      for tensor in [layer.keys, layer.values] {
        let used = try tensor.narrowed(2, start: 0, length: length)
        try used.copyInPlace(used.indexSelected(0, indices))
      }
    }
  }

  /// Goes on with some of the clips alone.
  func keep(clips: [Int]) throws {
    guard clips != Array(0..<memory.clips) else { return }
    let indices = try Tensor(clips.flatMap { clip in (0..<sequences).map { clip * sequences + $0 } })
    layers = try layers.map { try $0.selecting(indices) }
    memory = try memory.selecting(clips)
  }
}
