import Foundation
import TestSupport
import Testing

@Suite("Command lines")
struct UsageTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  @Test(
    "Help goes to standard output, with examples",
    arguments: [
      (["--help"], "affect train quick --corpus CORPUS --output RUN"),
      (["demo", "--help"], "affect demo --source ~/emodb --output demo-emodb"),
      (["extract", "--help"], "affect features merge features/part-* --output features"),
      (["features", "import", "--help"], "affect features import wavlm/ --corpus corpora/msp --encoder wavlm-large"),
      (["train", "--help"], "affect train quick --corpus corpora/emodb --output runs/emodb --resume"),
      (["evaluate", "--help"], "affect evaluate --predictions mine.csv --labels labels.csv --by Gender"),
      (["report", "--help"], "affect report RUN --split Development"),
      (["compare", "--help"], "affect compare runs/a runs/b runs/c"),
      (["calibrate", "--help"], "affect calibrate RUN --method vector --coverage 0.9"),
      (["submission", "write", "--help"], "affect submission write --predictions RUN/predictions/Test3.csv"),
      (["submission", "check", "--help"], "affect submission check task1.csv"),
      (["predict", "--help"], "affect predict call.mp3 --model RUN/bundle"),
      (["corpus", "import", "--help"], "affect corpus import emodb ~/emodb/wav --output corpora/emodb"),
      (["tokenize", "--help"], "affect tokenize --model roberta-large lines.jsonl --offsets"),
      (["download", "--help"], "affect download microsoft/wavlm-large FacebookAI/roberta-large"),
      (["transcribe", "--help"], "affect transcribe interview.mp3 --model openai/whisper-large-v3"),
      (["bench", "--help"], "affect bench engine"),
      (
        ["stack", "fit", "--help"], "affect stack fit --predictions a.csv b.csv c.csv --labels labels.csv --split"
      ),
      (
        ["stack", "predict", "--help"], "affect stack predict --predictions a.csv b.csv c.csv --model"
      ),
      (["help", "corpus", "folds"], "affect corpus folds corpora/emodb --folds 5 --speakers"),
      ([], "affect demo"),
      (["--version"], "0.1.0"),
    ])
  func help(_ arguments: [String], _ example: String) throws {
    let line = "\"$affect\" " + arguments.joined(separator: " ")
    let result = try Command.shell(line, in: scratch.url)
    #expect(result.status == 0)
    #expect(result.output.contains(example))
    #expect(result.errors.isEmpty)
  }

  @Test(
    "A command line that makes no sense exits with 2, and says why on standard error alone",
    arguments: [
      ("", "--wrong", "Unknown option '--wrong'"),
      ("predict", "", "Missing expected argument '<files> ...'"),
      ("predict", "a.wav --model m --format xml", "'xml' is invalid"),
      ("predict", "a.wav --model m --window 0", "a window of 0.0 s can't be; from 0.1 to 3600 s can"),
      ("predict", "a.wav --model m --window 2 --hop 3", "a hop of 3.0 s can't be"),
      ("train", "quick --output r", "Missing expected argument '--corpus <corpus>'"),
      ("train", "quick --corpus c --output r --set width", "--set width: KEY=VALUE is expected"),
      ("extract", "--corpus c --output s", "Missing expected argument '--encoder <encoder> ...'"),
      ("extract", "--corpus c --encoder log-mel-80 --output s --shard 3/3", "--shard 3/3 is no share"),
      ("extract", "--corpus c --encoder log-mel-80 --output s --dtype int8", "features can't be stored as int8"),
      ("features export", "s --encoder e --format pt --output o", "features can't be exported as pt"),
      ("corpus import", "emodb", "SOURCE and --output are needed"),
      ("corpus folds", "c --folds many", "The value 'many' is invalid for '--folds <folds>'"),
      ("bench", "motor", "there is no benchmark 'motor'; there are engine"),
      ("demo", "--source s --clips 5", "--clips is about synthetic speech"),
    ])
  func usage(_ command: String, _ arguments: String, _ message: String) throws {
    let result = try Command.shell("\"$affect\" \(command) \(arguments)", in: scratch.url)
    #expect(result.status == 2)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  @Test(
    "A failure exits with 1, and says why in one line on standard error alone",
    arguments: [
      (
        "bench engine --python nowhere/python",
        "affect: there is no Python with the peers at FOLDER/nowhere/python; scripts/setup.sh --peers installs it, --python names another"
      ),
      (
        "train slow --corpus c --output r",
        "affect: slow: there is no such file, nor a recipe of that name; there are affect, baseline, default, medusa, medusa-ablations, quick, unicamp"
      ),
      (
        "train quick --corpus none --output r",
        "affect: FOLDER/none is missing; expected is a corpus: a folder with Labels/labels_consensus.csv"
      ),
      (
        "train quick --corpus c --output r --set model.size=3",
        "affect: the recipe's key 'model.size' is not known; there are attention_dropout, attention_sharing, dropout, feed_forward, heads, input_dropout, kind, layers, pooling, positions, stride, width"
      ),
      (
        "features stats none",
        "affect: FOLDER/none: there is no feature store here; affect extract makes one"
      ),
      (
        "predict a.wav --model none",
        "affect: FOLDER/none: holds no config.json: the bundle/ folder of a training run is expected"
      ),
      (
        "corpus check none",
        "affect: FOLDER/none is missing; expected is a corpus: a folder with Labels/labels_consensus.csv"
      ),
      (
        "corpus import mosei s --output o",
        "affect: there is no importer named \"mosei\"; known are msp-podcast, ravdess, emodb, crema-d, nemo, tess, savee, urdu, iemocap, meld, "
          + "audformat, csv"
      ),
    ])
  func failures(_ line: String, _ message: String) throws {
    let result = try Command.shell("\"$affect\" \(line)", in: scratch.url)
    #expect(result.status == 1)
    #expect(result.output.isEmpty)
    #expect(result.errors == message.replacingOccurrences(of: "FOLDER", with: scratch.url.path) + "\n")
    #expect(scratch.files("") == [])
  }

  @Test("A folder that has the name of a recipe is not taken for one")
  func folderOfARecipesName() throws {
    try scratch.write("", "quick/file")
    let result = try Command.run("train", "quick", "--corpus", "none", "--output", "quick", in: scratch.url)
    #expect(result.status == 1)
    #expect(result.errors.hasPrefix("affect: \(scratch("none").path) is missing"))
  }
}
