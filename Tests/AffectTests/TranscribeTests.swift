import Foundation
import TestSupport
import Testing

@Suite("affect transcribe", .enabled(if: SharedData.isAvailable, "needs the reference in ../shared"))
struct TranscribeTests {
  let scratch: TemporaryFolder

  /// A tiny Whisper with random weights, made once; its generation_config.json forces nothing.
  private static let model = Result {
    let folder = try TemporaryFolder()
    _ = try Peer.python(
      """
      import json, runpy, sys
      sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')
      folder = sys.argv[sys.argv.index('--out') + 1]
      ids = {t['content']: t['id'] for t in json.load(open(folder + '/tokenizer.json'))['added_tokens']}
      end = ids['<|endoftext|>']
      json.dump(dict(decoder_start_token_id=ids['<|startoftranscript|>'], eos_token_id=end, pad_token_id=end,
        max_length=16, is_multilingual=True, lang_to_id={l: ids[l] for l in ('<|en|>', '<|fr|>', '<|de|>')},
        task_to_id=dict(transcribe=ids['<|transcribe|>'], translate=ids['<|translate|>']), begin_suppress_tokens=[end],
        no_timestamps_token_id=ids['<|notimestamps|>'], prev_sot_token_id=ids['<|startofprev|>'],
        max_initial_timestamp_index=50), open(folder + '/generation_config.json', 'w'))
      """, [SharedData.oracle.path, "whisper", "--out", folder("whisper").path])
    return folder
  }

  init() throws {
    scratch = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(
      at: scratch("whisper"), withDestinationURL: Self.model.get()("whisper"))
  }

  private func run(_ line: String) throws -> Command.Result {
    try Command.shell("\"$affect\" transcribe --model whisper \(line)", in: scratch.url)
  }

  private func link(_ name: String, _ source: String) throws {
    try FileManager.default.createSymbolicLink(at: scratch(name), withDestinationURL: SharedData.url(source))
  }

  @Test("Files in every format; one that can't be read keeps nothing from the others")
  func files() throws {
    try link("jfk.flac", "speech/jfk.flac")
    try scratch.write("no sound", "noise.wav")
    let text = try run("jfk.flac --language en --no-fallback")
    #expect(text.status == 0 && text.output.hasSuffix("\n") && text.output.count > 1, "\(text.errors)")
    let both = try run("noise.wav jfk.flac --language en --no-fallback --format json")
    #expect(both.status == 1)
    #expect(both.errors.contains("noise.wav: this is no audio file"), "\(both.errors)")
    let list = try #require(both.json as? [[String: Any]])
    #expect(list.count == 1 && list[0]["file"] as? String == "jfk.flac" && list[0]["language"] as? String == "en")
    let segments = try #require(list[0]["segments"] as? [[String: Any]])
    let tokens = try #require(segments.first?["tokens"] as? [[String: Any]])
    #expect(tokens.allSatisfy { (0...1.000_001).contains($0["probability"] as? Double ?? -1) })
    let srt = try run("jfk.flac --language en --no-fallback --format srt")
    #expect(srt.output.hasPrefix("1\n00:00:"), "\(srt.output)")
    let written = try run("jfk.flac noise.wav --language en --no-fallback --format vtt --output out")
    #expect(written.status == 1 && written.output.isEmpty)
    #expect(scratch.files("out") == ["jfk.vtt"])
    #expect(try scratch.text("out/jfk.vtt").hasPrefix("WEBVTT\n\n00:00:"))
  }

  @Test("A corpus: one language, a record, resumed, never mixed, failures named and gone on")
  func corpus() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    let count = corpus.clips.count
    let broken = corpus.clips[3].fileName
    try Data("no sound".utf8).write(to: scratch("corpus/Audios/\(broken)"))
    let unnamed = try run("--corpus corpus")
    #expect(unnamed.status == 2 && unnamed.errors.contains("--language en would be one"), "\(unnamed.errors)")

    let first = try run("--corpus corpus --language en --no-fallback --batch-size 4")
    #expect(first.status == 1)
    #expect(first.output.contains("\(count - 1) transcripts in"), "\(first.output)\(first.errors)")
    #expect(first.output.contains("1 clips have none:\n  \(broken): "))
    func record() throws -> [String: Any] {
      let data = try Data(contentsOf: scratch("corpus/Transcripts/transcription.json"))
      return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }
    let settings = try #require(record()["settings"] as? [String: Any])
    #expect(settings["language"] as? String == "en" && settings["model"] as? String == "whisper")
    #expect((settings["digest"] as? String)?.count == 64)
    #expect((try record()["failures"] as? [[String: Any]])?.first?["fileName"] as? String == broken)
    let texts = scratch.files("corpus/Transcripts").filter { $0.hasSuffix(".txt") }
    #expect(texts.count == count - 1)

    // What is there stays; what is missing is made again, with the same words.
    let (kept, lost) = (texts[0], texts[1])
    let words = try scratch.text("corpus/Transcripts/\(lost)")
    try scratch.write("kept\n", "corpus/Transcripts/\(kept)")
    try FileManager.default.removeItem(at: scratch("corpus/Transcripts/\(lost)"))
    try FileManager.default.copyItem(
      at: scratch("corpus/Audios/\(corpus.clips[0].fileName)"), to: scratch("mended.wav"))
    try FileManager.default.removeItem(at: scratch("corpus/Audios/\(broken)"))
    try FileManager.default.moveItem(at: scratch("mended.wav"), to: scratch("corpus/Audios/\(broken)"))
    let second = try run("--corpus corpus --language en --no-fallback --json")
    #expect(second.status == 0, "\(second.errors)")
    let summary = try #require(second.json as? [String: Any])
    #expect(summary["made"] as? Int == 2 && summary["transcripts"] as? Int == count)
    #expect(try scratch.text("corpus/Transcripts/\(kept)") == "kept\n")
    #expect(try scratch.text("corpus/Transcripts/\(lost)") == words)

    let mixed = try run("--corpus corpus --language fr --no-fallback")
    #expect(
      mixed.status == 1 && mixed.errors.contains("language en there, fr asked for); --replace"), "\(mixed.errors)")
    #expect(try scratch.text("corpus/Transcripts/\(kept)") == "kept\n")
    try FileManager.default.removeItem(at: scratch("corpus/Transcripts/transcription.json"))
    let unknown = try run("--corpus corpus --language en --no-fallback")
    #expect(unknown.status == 1 && unknown.errors.contains("of which no record says how"), "\(unknown.errors)")
    let replaced = try run("--corpus corpus --language en --no-fallback --replace")
    #expect(replaced.status == 0, "\(replaced.errors)")
    #expect(try scratch.text("corpus/Transcripts/\(kept)") != "kept\n")
    let check = try Command.run("corpus", "check", "corpus", in: scratch.url)
    #expect(!check.output.contains("transcription.json"))
  }

  @Test("Words and features of a corpus come from one pass, and are what each is by itself")
  func sharing() throws {
    for name in ["together", "alone"] {
      _ = try ToneCorpus(
        at: scratch(name), clipsPerClass: 1, lasting: { $0.speaker == 2 && $0.letter == "A" ? 31 : 0.4 })
    }
    let both = try run("--corpus together --language en --no-fallback --features store/together --batch-size 4")
    #expect(both.status == 0, "\(both.errors)")
    #expect(try run("--corpus alone --language en --no-fallback").status == 0)
    let extracted = try Command.run(
      "extract", "--corpus", "alone", "--encoder", "whisper", "--precision", "float32", "--output", "store/alone",
      in: scratch.url)
    #expect(extracted.status == 0, "\(extracted.errors)")
    let texts = scratch.files("alone/Transcripts").filter { $0.hasSuffix(".txt") }
    #expect(texts.count == 27)
    for text in texts {
      #expect(try scratch.text("together/Transcripts/\(text)") == scratch.text("alone/Transcripts/\(text)"), "\(text)")
    }
    let shards = scratch.files("store/alone").filter { $0.hasSuffix(".safetensors") }
    #expect(!shards.isEmpty && shards == scratch.files("store/together").filter { $0.hasSuffix(".safetensors") })
    for shard in shards {
      #expect(
        try Data(contentsOf: scratch("store/together/\(shard)")) == Data(contentsOf: scratch("store/alone/\(shard)")))
    }
    let again = try run("--corpus together --language en --no-fallback --features store/together --json")
    #expect((again.json as? [String: Any])?["made"] as? Int == 0, "\(again.errors)")
    #expect(again.errors.isEmpty, "nothing is loaded where nothing is missing: \(again.errors)")
  }

  @Test(
    "Command lines that make no sense",
    arguments: [
      ("", "audio files are expected, or --corpus with a corpus, and not both"),
      ("a.wav --corpus c", "audio files are expected, or --corpus with a corpus, and not both"),
      ("a.wav b.wav --format srt", "several files in one srt make no sense"),
      ("a.wav --format doc", "'doc' is invalid for --format; text, json, srt, vtt are known"),
      ("a.wav --task sing", "'sing' is invalid for --task; transcribe, translate are known"),
      ("a.wav --dtype int8", "'int8' is invalid for --dtype; float32, bfloat16 are known"),
      ("a.wav --beams 0", "--beams: a number from 1 is expected"),
      ("a.wav --temperature=-1", "--temperature: a number from 0 to 10 is expected"),
      ("--corpus c --format json", "--format json is about files"),
      ("a.wav --features store", "--features is about a corpus; --corpus names one"),
      (
        "--corpus c --features store --layer x",
        "--layer: last, a number, mean:FIRST-LAST, sum:FIRST-LAST, all or all:FIRST-LAST is expected"
      ),
    ])
  func usage(_ line: String, _ message: String) throws {
    let result = try run(line)
    #expect(result.status == 2 && result.output.isEmpty)
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  @Test("A language that the model has not, and a folder that is no Whisper, are failures by name")
  func models() throws {
    try link("jfk.flac", "speech/jfk.flac")
    let polish = try run("jfk.flac --language Polish")
    #expect(polish.status == 1 && polish.errors.contains("there is no language 'pl'; the model has de, en, fr"))
    try scratch.write("{\"model_type\": \"bert\"}", "bert/config.json")
    let bert = try Command.shell("\"$affect\" transcribe jfk.flac --model bert", in: scratch.url)
    #expect(
      bert.status == 1
        && bert.errors.contains("model_type is 'bert'; the speech recognition encoders supported are whisper"))
  }
}
