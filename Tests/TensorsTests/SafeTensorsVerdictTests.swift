import Foundation
import Tensors
import TestSupport
import Testing

/// Which files are accepted, against the reference reader. Twice ours is stricter: the format's description forbids white
/// space before the header and names that stand there twice, which the reference lets pass.
@Suite struct SafeTensorsVerdictTests {
  static let one = #""dtype":"U8","shape":[2],"data_offsets":[0,2]"#
  /// Headers, of which two bytes of data follow.
  static let headers: [String] = [
    #"{"a":{\#(one)}}"#, #"{"a":{\#(one)}}     "#, " " + #"{"a":{\#(one)}}"#, #"{"a":{\#(one)}}\#n"#,
    #"{"a":{\#(one)}}x"#,
    #"{ "a" : { \#(one) } }"#, #"{"a":{\#(one),"more":[1,{"x":null}]}}"#, #"{"a":{\#(one)},"a":{\#(one)}}"#,
    #"{"a":{\#(one),"dtype":"U8"}}"#, #"{"a":{\#(one)},"__metadata__":{"x":"y"}}"#,
    #"{"a":{\#(one)},"__metadata__":null}"#,
    #"{"a":{\#(one)},"__metadata__":{"x":3}}"#, #"{"a":{\#(one)},"__metadata__":{},"__metadata__":{}}"#,
    #"{"a":{"shape":[2],"dtype":"U8","data_offsets":[0,2]}}"#,
    #"{"a":{"shape":[2.0],"dtype":"U8","data_offsets":[0,2]}}"#,
    #"{"a":{"shape":[02],"dtype":"U8","data_offsets":[0,2]}}"#,
    #"{"a":{"shape":[2e0],"dtype":"U8","data_offsets":[0,2]}}"#,
    #"{"a":{"shape":["2"],"dtype":"U8","data_offsets":[0,2]}}"#,
    #"{"a":{"shape":[-2],"dtype":"U8","data_offsets":[0,2]}}"#,
    #"{"a":{"shape":[2,],"dtype":"U8","data_offsets":[0,2]}}"#,
    #"{"a":{"shape":[2],"dtype":"U8","data_offsets":[0,2,4]}}"#,
    #"{"a":{"shape":[2],"dtype":"U8","data_offsets":[0,3]}}"#,
    #"{"a":{"shape":[1,2,1],"dtype":"U8","data_offsets":[0,2]}}"#,
    #"{"a":{"shape":[],"dtype":"I16","data_offsets":[0,2]}}"#,
    #"{"a":{"shape":[],"dtype":"u16","data_offsets":[0,2]}}"#,
    #"{"a":{"shape":[0,9],"dtype":"F64","data_offsets":[0,0]},"b":{\#(one)}}"#,
    #"{"a":{"shape":[0],"dtype":"F64","data_offsets":[2,2]},"b":{\#(one)}}"#,
    #"{"a":{"shape":[0],"dtype":"F64","data_offsets":[1,1]},"b":{\#(one)}}"#,
    #"{"a":{\#(one)},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
    #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
    #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
    #"{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#,
    #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[18446744073709551615,1]}}"#,
    #"{"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,2]}}"#, #"{"\u00e4\ud83d\ude00":{\#(one)}}"#,
    #"{"\ud83d":{\#(one)}}"#, #"{"\x":{\#(one)}}"#, "{\"a\u{1}\":{\(one)}}", "{\"a\n\":{\(one)}}", #"{"":{\#(one)}}"#,
    "{}", "[]", "", "{", "null",
    #"{"a":3}"#, #"{"a":{}}"#, #"{"a":{\#(one)},}"#, #"{'a':{\#(one)}}"#,
    #"{"a":{"dtype":"C64","shape":[0],"data_offsets":[0,0]},"b":{\#(one)}}"#,
  ]
  private static let n = "\n"
  static let forbidden = [" " + #"{"a":{\#(one)}}"#, #"{"a":{\#(one)},"a":{\#(one)}}"#]

  @Test func theVerdictIsTheReferences() throws {
    let folder = try TemporaryFolder()
    for (index, header) in Self.headers.enumerated() {
      let bytes =
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8) + Data([1, 2])
      try bytes.write(to: folder("\(index)"))
    }
    let verdicts = try Peer.python(
      """
      import sys
      from safetensors import safe_open
      for index in range(int(sys.argv[2])):
        try:
          with safe_open(f"{sys.argv[1]}/{index}", "pt") as f:
            print("accepted", *sorted(f"{name}{list(f.get_slice(name).get_shape())}" for name in f.keys()))
        except Exception: print("refused")
      """, [folder.url.path, "\(Self.headers.count)"]
    ).split(separator: "\n")
    #expect(verdicts.count == Self.headers.count)
    for (index, (header, verdict)) in zip(Self.headers, verdicts).enumerated() {
      var own = "refused"
      do {
        let file = try SafeTensors(folder("\(index)"))
        own = (["accepted"] + file.names.map { "\($0)\(file.shape(of: $0) ?? [])" }).joined(separator: " ")
      } catch {}
      #expect(own == (Self.forbidden.contains(header) ? "refused" : String(verdict)), "\(header)")
    }
  }
}
