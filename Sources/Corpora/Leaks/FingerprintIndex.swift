import Basics

/// Finds pairs of fingerprints that are alike without comparing each with each.
///
/// A key is 20 of the 32 bits of a frame, so that it survives a few flipped bits; there are four choices of bits. Of each
/// fingerprint the frames whose keys hash smallest are its landmarks (min-wise sampling), so that two recordings of the
/// same sound choose the same ones wherever they agree. Landmarks are sorted; fingerprints that share one are compared at
/// the shift that it tells. The work grows a little faster than the number of fingerprints, not with its square.
enum FingerprintIndex {
  /// Two fingerprints that are alike.
  struct Match: Equatable {
    let first: Int
    let second: Int
    /// Frames by which the second begins after the first.
    let offset: Int
    /// The share of bits that differ.
    let difference: Double
  }

  /// Different recordings differ in about half of the bits; copies through a codec in a tenth to a quarter.
  static let mostDifference = 0.3

  private static let landmarks = 24
  /// A landmark that more fingerprints share is no rarity; there each is compared with its neighbours only.
  private static let mostInBucket = 32

  private static let keyBits = 20
  /// The bits of each choice, the same for ever.
  private static let choices: [[UInt32]] = (0..<4).map { choice in
    var generator = SeededGenerator(seed: 20, choice)
    return Array(generator.shuffled(Array(UInt32(0)..<32)).prefix(keyBits))
  }

  private struct Landmark {
    let key: UInt32
    let clip: Int32
    let frame: Int32
  }

  private struct Pair: Hashable {
    let first: Int32
    let second: Int32
  }

  static func matches(_ fingerprints: [AudioFingerprint]) -> [Match] {
    var best = [Pair: Match]()
    for bits in choices {
      var all = [Landmark]()
      for (clip, fingerprint) in fingerprints.enumerated()
      where fingerprint.frames.count >= AudioFingerprint.fewestFrames {
        all += chosen(fingerprint, clip: Int32(clip), bits)
      }
      all.sort { ($0.key, $0.clip, $0.frame) < ($1.key, $1.clip, $1.frame) }
      var start = 0
      while start < all.count {
        var end = start + 1
        while end < all.count, all[end].key == all[start].key { end += 1 }
        let reach = end - start > mostInBucket ? 2 : end - start
        for i in start..<end {
          for j in (i + 1)..<max(i + 1, min(end, i + 1 + reach)) where all[i].clip != all[j].clip {
            compare(fingerprints, all[i], all[j], &best)
          }
        }
        start = end
      }
    }
    return best.values.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
  }

  private static func compare(
    _ fingerprints: [AudioFingerprint], _ a: Landmark, _ b: Landmark, _ best: inout [Pair: Match]
  ) {
    let offset = Int(a.frame - b.frame)
    let (first, second) = (Int(a.clip), Int(b.clip))
    guard let difference = fingerprints[first].difference(to: fingerprints[second], offset: offset),
      difference <= mostDifference
    else { return }
    let pair = Pair(first: a.clip, second: b.clip)
    if difference < best[pair]?.difference ?? 1 {
      best[pair] = Match(first: first, second: second, offset: offset, difference: difference)
    }
  }

  private static func chosen(_ fingerprint: AudioFingerprint, clip: Int32, _ bits: [UInt32]) -> [Landmark] {
    var seen = Set<UInt32>()
    var ranked = [(rank: UInt64, frame: Int, key: UInt32)]()
    for (place, frame) in fingerprint.frames.enumerated() where frame != 0 {
      let key = bits.reduce(UInt32(0)) { $0 << 1 | (frame >> $1) & 1 }
      if seen.insert(key).inserted { ranked.append((mixed(key), place, key)) }
    }
    ranked.sort { $0.rank < $1.rank }
    return ranked.prefix(landmarks).map { Landmark(key: $0.key, clip: clip, frame: Int32($0.frame)) }
  }

  private static func mixed(_ key: UInt32) -> UInt64 {
    let z = (UInt64(key) &+ 0x9E37_79B9_7F4A_7C15) &* 0xBF58_476D_1CE4_E5B9
    return z ^ (z >> 29)
  }
}
