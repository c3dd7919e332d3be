import ArgumentParser
import Foundation
import Workflows

/// `affect encode`
struct EncodeSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode", abstract: "Writes what a pretrained encoder makes of a recording or a text.",
    discussion: """
      The file holds `last` (frames or tokens, width) in float32; with --all-layers also `hidden` (layers + 1, frames,
      width), with the input of the first layer as the first. Speech has `times` of frames in seconds, text has `ids` of
      tokens and their `spans` in Unicode scalars. The metadata says what was computed in which precision.

      Speech: wav2vec2, hubert, wavlm, whisper, FACodec. Text: bert, roberta, xlm-roberta, deberta-v2 (also v3),
      modernbert. A model that is named by its id is fetched into the cache that the Python tools share.

      Examples:
        affect encode --model microsoft/wavlm-large --audio clip.wav --output clip.safetensors
        affect encode --model roberta-large --text "I can't believe it!" --output text.safetensors --all-layers
        affect encode --model hubert-large-ls960-ft --audio talk.m4a --layer mean:9-12 --dtype float32 --output talk.safetensors
        affect encode --model amphion/naturalspeech3_facodec --audio clip.wav --layer 0 --output prosody.safetensors
      """)

  @Option(help: "A model's folder as it is published, or its id on the hub.") var model: String
  @Option(help: "A recording, of any format and length.") var audio: String?
  @Option(help: "A text.") var text: String?
  @Option(help: "The safetensors file to write.") var output: String
  @Flag(help: "Write all hidden states too.") var allLayers = false
  @Option(help: "What `last` is: last, a number (negative counts from the end), mean:FIRST-LAST or sum:FIRST-LAST.")
  var layer = "last"
  @Option(help: "What is computed in: float32, bfloat16, or auto, which is bfloat16 where the processor has it.")
  var dtype = "auto"
  @Option(help: "Where it is computed: cpu, cuda, cuda:1, mps.") var device = "cpu"
  @Option(help: "What Whisper sees around a clip: window (silence up to 30 s, as trained) or clip (nothing; faster).")
  var context = "window"
  @Flag(help: "Leave out the states of special tokens, such as <s>.") var noSpecialTokens = false
  @Flag(help: "Print a summary as JSON.") var json = false

  func validate() throws {
    guard (audio == nil) != (text == nil) else {
      throw ValidationError("either --audio FILE or --text STRING is expected")
    }
  }

  func run() throws {
    let console = Console()
    let input = audio.map { EncodeCommand.Input.audio(URL(filePath: $0)) } ?? .text(text ?? "")
    var options = EncodeCommand.Options(model: model, input: input, output: URL(filePath: output))
    options.allLayers = allLayers
    options.layer = layer
    options.dtype = dtype
    options.device = device
    options.context = context
    options.keepsSpecialTokens = !noSpecialTokens
    try console.print(EncodeCommand(options, report: console.show).run(), json: json)
  }
}
