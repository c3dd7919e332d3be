import Audio
import Basics
import Corpora
import Crypto
import Foundation
import Synchronization

/// One of the versions of clips that augmentation makes: which effects it draws, and from what.
public struct AugmentedCopy: Hashable, Sendable {
  /// Counts the copies, from 1.
  let number: Int
  /// Everything random follows from it, the copy's number and the clip's name.
  let seed: UInt64
  let effects: SpeechAugmentation
  /// Clips of the training split alone: nobody who is tested is heard in training.
  let voices: VoicePool

  /// The copies that a recipe asks for.
  ///
  /// - Parameter training: the clips that voices are drawn from
  static func all(_ augmentation: Recipe.Augmentation, training: [Utterance]) -> [AugmentedCopy] {
    guard augmentation.copies > 0 else { return [] }
    var random = SeededGenerator(seed: augmentation.seed)
    let sorted = training.sorted { $0.fileName.utf8.lexicographicallyPrecedes($1.fileName.utf8) }
    let voices = VoicePool(random.shuffled(sorted).prefix(augmentation.voices))
    return (1...augmentation.copies).map {
      AugmentedCopy(number: $0, seed: augmentation.seed, effects: augmentation.effects, voices: voices)
    }
  }

  /// What the features' identity says beside the encoder's own settings. The version changes whenever a sample could.
  func settings() throws -> [String: String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let names = SHA256.hash(data: Data(voices.names.joined(separator: "\n").utf8))
    return [
      "augmentation": "1 copy=\(number) seed=\(seed) \(String(decoding: try encoder.encode(effects), as: UTF8.self))",
      "voices": names.prefix(8).map { String(format: "%02x", $0) }.joined(),
    ]
  }

  /// This version of a clip.
  func callAsFunction(_ samples: [Float], clip: String) -> [Float] {
    // FNV-1a: the clip's name decides, and not its place among others.
    let name = clip.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    var random = SeededGenerator(seed: seed, number, Int(truncatingIfNeeded: name))
    return effects(samples, voices: effects.babble > 0 ? voices.samples : [], using: &random)
  }
}

/// The sound of the voices of babble, decoded when it is first needed; the copies of one recipe share it.
final class VoicePool: Hashable, Sendable {
  /// The clips' names.
  let names: [String]
  private let files: [URL]
  private let decoded = Mutex<[[Float]]?>(nil)

  /// The most of a voice that is kept: babble needs no whole lecture.
  private static let longest = 10 * AudioFile.defaultSampleRate

  init(_ utterances: some Sequence<Utterance>) {
    names = utterances.map(\.fileName)
    files = utterances.map(\.audio)
  }

  static func == (a: VoicePool, b: VoicePool) -> Bool { a.names == b.names && a.files == b.files }

  func hash(into hasher: inout Hasher) { hasher.combine(names) }

  var samples: [[Float]] {
    decoded.withLock { known in
      if let known { return known }
      // A clip that can't be decoded is told of where its own features are made.
      let found = files.compactMap { try? AudioFile.decode($0).samples }
        .map { Array($0.prefix(Self.longest)) }.filter { !$0.isEmpty }
      known = found
      return found
    }
  }
}
