import Encoders
import Foundation
import Tensors
import TestSupport
import Testing
import Tokenizers

@Suite(
  "Batches, windows and layers of pretrained encoders",
  .enabled(if: SharedData.isAvailable, "needs the reference in ../shared"))
struct PretrainedBatchTests {
  /// A clip of noise and a voice.
  private func clip(_ seconds: Double, seed: UInt64) -> [Float] {
    var noise = Noise(seed: seed)
    return voice(seconds) { 120 + 30 * sin(3 * $0) }.map { $0 + 0.01 * noise.next() }
  }

  @Test("A clip alone and in any batch", arguments: Oracle.all.filter { !$0.isText })
  func speech(oracle: Oracle) throws {
    let lengths = oracle.model == "whisper" ? [0.5, 1.7] : [0.31, 1.2, 0.5, 0.5, 2.04, 0.025]
    let clips = lengths.enumerated().map { clip($1, seed: UInt64($0)) }
    var options = EncoderOptions(dtype: .float32)
    let encoder = try SpeechEncoder(folder: oracle.folder, options: options)
    let alone = try clips.map { try encoder.hiddenStates(of: [$0], layers: .all)[0] }
    for budget in [1, 60, 100_000] {
      options.rowBudget = budget
      let batched = try SpeechEncoder(folder: oracle.folder, options: options).hiddenStates(of: clips, layers: .all)
      #expect(batched.count == clips.count)
      for (one, own) in zip(batched, alone) { #expect(try one.distance(from: own) < 1e-4, "budget \(budget)") }
    }
    #expect(alone.map { $0.size(1) } == clips.map { encoder.frames(samples: $0.count) })
  }

  @Test("A text alone and in any batch", arguments: Oracle.all.filter(\.isText))
  func text(oracle: Oracle) throws {
    let tokens = [3, 40, 17, 17, 1, 120].map { length in (0..<length).map { ($0 * 7 + length) % 200 + 3 } }
    var options = EncoderOptions(dtype: .float32)
    let encoder = try TextEncoder(folder: oracle.folder, options: options)
    let alone = try tokens.map { try encoder.hiddenStates(of: [$0], layers: .all)[0] }
    for budget in [1, 60, 100_000] {
      options.rowBudget = budget
      let batched = try TextEncoder(folder: oracle.folder, options: options).hiddenStates(of: tokens, layers: .all)
      for (one, own) in zip(batched, alone) { #expect(try one.distance(from: own) < 1e-4, "budget \(budget)") }
    }
    #expect(alone.map { $0.size(1) } == tokens.map(\.count))
  }

  @Test("What an encoder can't take is refused with the number of the input")
  func refusals() throws {
    let speech = try SpeechEncoder(folder: Oracle.of("wavlm")[0].folder)
    let short = #expect(throws: EncoderError.self) { try speech.hiddenStates(of: [clip(1, seed: 0), [0, 0]]) }
    #expect(short?.description == "clip 1 has 2 samples; the model needs 400")
    #expect(throws: EncoderError.self) { try speech.hiddenStates(of: [clip(1, seed: 0) + [.nan]]) }
    #expect(try speech.hiddenStates(of: []).isEmpty)
    let text = try TextEncoder(folder: Oracle.of("roberta")[0].folder)
    #expect(text.longest == 128)
    let long = #expect(throws: EncoderError.self) { try text.hiddenStates(of: [[0], Array(repeating: 5, count: 129)]) }
    #expect(long?.description == "text 1 has 129 tokens; the model takes at most 128")
    #expect(throws: EncoderError.self) { try text.hiddenStates(of: [[]]) }
    #expect(throws: EncoderError.self) { try text.hiddenStates(of: [[-1]]) }
    var options = EncoderOptions()
    options.overlap = 20
    #expect(throws: EncoderError.self) { try SpeechEncoder(folder: Oracle.of("wavlm")[0].folder, options: options) }
  }

  @Test("Recordings longer than a window are stitched of windows that overlap")
  func windows() throws {
    // Of this one, samples go in as they are: a window alone sees what it sees in the recording.
    let oracle = Oracle.of("wavlm")[2]
    var options = EncoderOptions(dtype: .float32)
    (options.window, options.overlap) = (2, 0.5)
    let encoder = try SpeechEncoder(folder: oracle.folder, options: options)
    let recording = clip(6.13, seed: 5)
    var said: [Int] = []
    let whole = try encoder.hiddenStates(of: [clip(1, seed: 1), recording], layers: .all) { done, _ in said.append(done)
    }
    #expect(said.last == 5, "one clip and four windows")
    let states = whole[1]
    let frames = (recording.count - 400) / 320 + 1
    #expect(states.size(1) == frames && encoder.frames(samples: recording.count) == frames)
    // The windows begin every 1.377 s, rounded up to 20 ms, and hand over in the middle of what they share.
    let starts = (0..<4).map { (66_080 * $0 / 3 + 319) / 320 }
    for (number, start) in starts.enumerated() {
      let range = (start * 320)..<min(start * 320 + 32_000, recording.count)
      let alone = try encoder.hiddenStates(of: [Array(recording[range])], layers: .all)[0]
      let first = number == 0 ? 0 : (start + starts[number - 1] + 99) / 2
      let end = number == 3 ? frames : (starts[number + 1] + start + 99) / 2
      #expect(
        try states.narrowed(1, start: first, length: end - first).distance(
          from: alone.narrowed(1, start: first - start, length: end - first)) < 1e-4, "window \(number)")
    }
  }

  @Test("Whisper takes recordings of more than its 30 s")
  func longWhisper() throws {
    let oracle = Oracle.of("whisper")[0]
    let encoder = try SpeechEncoder(folder: oracle.folder, options: EncoderOptions(dtype: .float32))
    let recording = clip(41.3, seed: 2)
    let states = try encoder.hiddenStates(of: [recording])[0]
    #expect(states.size(0) == 2065)
    let first = try encoder.hiddenStates(of: [Array(recording[..<480_000])])[0]
    #expect(
      try states.narrowed(0, start: 0, length: 1000).distance(from: first.narrowed(0, start: 0, length: 1000)) < 1e-4)
    let start = (recording.count - 480_000 + 319) / 320
    let last = try encoder.hiddenStates(of: [Array(recording[(start * 320)...])])[0]
    #expect(
      try states.narrowed(0, start: 1065, length: 1000)
        .distance(from: last.narrowed(0, start: 1065 - start, length: 1000)) < 1e-4)
  }

  @Test(
    "Layers: an index from either end, the mean and the sum of a range, a range side by side",
    arguments: Oracle.of("wavlm", "bert", first: true))
  func layers(oracle: Oracle) throws {
    let all = try oracle.hiddenStates(.all)
    func expect(_ text: String, _ wanted: (Tensor) throws -> Tensor) throws {
      let selection = try #require(LayerSelection(text))
      #expect(selection.description == text)
      for (found, states) in zip(try oracle.hiddenStates(selection), all) {
        #expect(try found.distance(from: wanted(states)) < 1e-5, "\(text)")
      }
    }
    try expect("2") { try $0[2] }
    try expect("0") { try $0[0] }
    try expect("-2") { try $0[-2] }
    try expect("mean:1-3") { try ($0[1] + $0[2] + $0[3]) / 3 }
    try expect("sum:0-1") { try $0[0] + $0[1] }
    try expect("all:1-2") { try Tensor.stacked([$0[1], $0[2]]) }
    for text in ["", "first", "mean:3-1", "mean:1", "sum:a-b", "1.5", "all:", "all:2", "all:2-1"] {
      #expect(LayerSelection(text) == nil, "\(text)")
    }
    for text in ["4", "-5", "mean:2-4", "all:3-4"] {
      let error = #expect(throws: EncoderError.self) { try oracle.hiddenStates(#require(LayerSelection(text))) }
      #expect(
        error?.description
          == "the layer '\(text)' is not there: the encoder has 3 layers, whose states count from 0 to 3")
    }
  }

  @Test(
    "States side by side are those of each frame in turn, and config.json says how many there are",
    arguments: Oracle.all)
  func sideBySide(oracle: Oracle) throws {
    let all = try oracle.hiddenStates(.all)[0]
    let layers = all.size(0) - 1
    #expect(try PretrainedModel.layerCount(of: oracle.folder) == layers)
    #expect(try LayerSelection.all.resolved(layers: layers).description == "all:0-\(layers)")
    let range = 1...layers
    let rows = try LayerSelection.each(range).frames(of: oracle.hiddenStates(.each(range))[0])
    for state in range {
      let part = try rows.narrowed(1, start: (state - 1) * all.size(2), length: all.size(2))
      #expect(try part.distance(from: all[state]) < 1e-5, "\(state)")
    }
    let width =
      try oracle.isText
      ? TextEncoder(folder: oracle.folder).frameWidth(of: .each(range))
      : SpeechEncoder(folder: oracle.folder).frameWidth(of: .each(range))
    #expect(rows.shape == [all.size(1), width])
  }

  @Test("Frames carry their times, tokens their spans")
  func places() throws {
    let clips = [clip(1, seed: 3), clip(0.5, seed: 4)]
    let wavlm = try SpeechEncoder(folder: Oracle.of("wavlm")[0].folder).features(of: clips)
    #expect(wavlm[0].times.count == wavlm[0].states.size(0) && wavlm[0].times.count == 49)
    #expect(wavlm[0].times[0] == 0.0125 && abs(wavlm[0].times[48] - 0.9725) < 1e-12)
    let whisper = try SpeechEncoder(folder: Oracle.of("whisper")[0].folder).features(of: clips, layers: .all)
    #expect(whisper[1].times == (0..<25).map { Double($0 * 320) / 16_000 } && whisper[1].states.size(1) == 25)

    let oracle = Oracle.of("roberta")[0]
    let encoder = try TextEncoder(folder: oracle.folder, options: EncoderOptions(dtype: .float32))
    let tokenizer = try Tokenizer(contentsOf: oracle.folder)
    let text = "Ça va très bien, merci 🙂"
    let whole = try encoder.features(of: [text], tokenizer: tokenizer)[0]
    let kept = try encoder.features(of: [text], tokenizer: tokenizer, keepsSpecialTokens: false)[0]
    #expect(whole.ids.first == 0 && whole.ids.last == 2 && whole.states.size(0) == whole.ids.count)
    #expect(kept.ids == Array(whole.ids.dropFirst().dropLast()) && kept.spans.count == kept.ids.count)
    #expect(try kept.states.distance(from: whole.states.narrowed(0, start: 1, length: kept.ids.count)) == 0)
    let scalars = Array(text.unicodeScalars)
    #expect(kept.spans.first?.lowerBound == 0 && kept.spans.last?.upperBound == scalars.count)
    #expect(throws: EncoderError.self) {
      try encoder.features(of: [""], tokenizer: tokenizer, keepsSpecialTokens: false)
    }
  }
}
