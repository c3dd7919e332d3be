import Foundation
import TestSupport

/// Texts to tokenize.
enum Texts {
  /// Every `step`th comment of GoEmotions.
  static func goEmotions(every step: Int) throws -> [String] {
    let all = try ["train", "dev", "test"].flatMap { part in
      try String(contentsOf: SharedData.url("goemotions/\(part).tsv"), encoding: .utf8).utf8.split(separator: 0x0A)
        .map { line in String(Substring(line.prefix { $0 != 0x09 })) }
    }
    return stride(from: 0, to: all.count, by: step).map { all[$0] }
  }

  /// The sentences of nEMO, as written and without capitals and punctuation.
  static func nemo() throws -> [String] {
    let lines = try String(contentsOf: SharedData.url("nemo/data.tsv"), encoding: .utf8).split(separator: "\n")
    let sentences = lines.dropFirst().flatMap { line in
      line.split(separator: "\t", omittingEmptySubsequences: false)[2...3].map(String.init)
    }
    return Set(sentences).sorted()
  }

  /// Every scalar of the planes in which characters are assigned, and some of the others.
  private static let scalars: [Unicode.Scalar] = (UInt32(1)...0x10FFFF).compactMap { value in
    let isWanted = value < 0x33480 || (0xE0000..<0xE0200).contains(value) || value % 997 == 0
    return isWanted ? Unicode.Scalar(value) : nil
  }

  /// These scalars in a row, 400 to a text.
  static let allScalars = rows("")
  /// The same with a letter before each: neighbours would compose or join.
  static let apartScalars = rows("x")

  private static func rows(_ separator: String) -> [String] {
    stride(from: 0, to: scalars.count, by: 400).map { start in
      scalars[start..<min(start + 400, scalars.count)].map { separator + String($0) }.joined()
    }
  }

  /// A page of what tokenizers stumble over.
  static let hostile: [String] = written + spaced + random + long
  /// The same with no text of more than a thousand characters.
  static let brief: [String] = written + spaced + random + long.map { String($0.unicodeScalars.prefix(1000)) }

  private static let written = [
    "", "a", "👩‍👩‍👧‍👦 family 👩🏽‍🚀🏳️‍🌈", "🇩🇪🇫🇷🇵🇱", "x\u{20E3} 1\u{FE0F}\u{20E3}", "\u{1F468}\u{200D}\u{1F469}",
    "e\u{301}\u{323}\u{302} a\u{308}\u{304} Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!", "\u{301}starts with a mark", "a\u{301}\u{301}\u{301}",
    "مرحبا كيف حالك؟ \u{202E}עברית\u{202C} mixed \u{200F}",
    "\u{0}\u{1}\u{7}\u{1B}[31m\u{7F}\u{85}\u{9F}\u{FEFF}\u{FFFD}\u{FFFE}",
    "a\u{200B}b\u{200C}c\u{200D}d\u{2060}e\u{AD}f", "今日はとても嬉しいです。漢字かな交じり文", "한국어 텍스트 각각",
    "\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}", "ﬁ ﬂ ½ ² ™ Ⅷ ㎏ ﷺ ｆｕｌｌ Ａ",
    "I'll we've they'RE can't 's 't 'x '''s ' s", "don't!!!???...---___   end   ",
    "1234567890 3.14159 1,000,000 ¼ ١٢٣ ४५६ Ⅻ ①", "<s>hello</s> <mask> x <pad><unk> [CLS] [MASK] [SEP][UNK]",
    "a <mask>b<mask> c", "<|endoftext|><|startoftranscript|> <|en|>text<|notimestamps|>", "<|0.00|> hi <|0.02|>",
    "İıſẞßǅŒœÆÐÞ ΣΑΣ σς ΌΣΟΣ", "𝕳𝖊𝖑𝖑𝖔 𐍈 𠜎𠜱 \u{E0001}\u{10FFFF}\u{E000}", "नमस्ते दुनिया క్షే ক্ষ เด็กที่ ភាសាខ្មែរ",
    "http://example.com/?q=1&b=2#frag user@mail.co #tag @you $5 50% a+b=c <b>bold</b> {x} [y] ~`^|\\",
    "▁under ▁▁ x", "▁", "Ġhello Ċ", "Å Å Ω Ω \u{344} \u{958} \u{2ADC} \u{FB1D} \u{1D15E}",
    "\u{F77} \u{FB2}\u{F71}\u{F80}",
    "\u{1E9B}\u{323} \u{1E9B} ǆ ǅ Ǆ", "\u{378} \u{C77} \u{1B7D} \u{61D} \u{A7F2} \u{32FF} \u{10781} \u{1FAE8} \u{1C89}",
    "...…—–“”‘’«»", "'s", "'", "' '", "a'b'c", "foo the foobar Foo, BAR  baz  end sp x n't don't",
  ]

  /// Spaces of all kinds at all places.
  private static let spaced = [
    " ", "  ", "\t\n", "\n", "\r\n", "a\n b", "a \n b", "a  b", "a   b", " a", "  a", "   a", "a ", "a  ", "a   ",
    "  leading and trailing  ", "tab\tnew\nline\r\nCRLF\r\rdone\n\n\n", " \u{300}", "  \u{300} x",
    "\u{A0}\u{1680}\u{2000}\u{2003}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}x", "x \u{3000} y\u{A0} z",
  ]

  /// Characters of all scripts in no order.
  private static let random: [String] = {
    var state: UInt64 = 42
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let blocks: [ClosedRange<Int>] = [
      0x20...0x7E, 0x20...0x7E, 0x20...0x20, 0x80...0x24F, 0x300...0x36F, 0x370...0x5FF, 0x900...0x97F,
      0x1100...0x11FF, 0x1E00...0x20FF, 0x3040...0x30FF, 0x4E00...0x4E7F, 0xAC00...0xAC7F, 0xFB00...0xFB4F,
      0x1F300...0x1F67F, 0xE000...0x2FFFF,
    ]
    return (0..<400).map { _ in
      var text = ""
      for _ in 0...next(50) {
        let block = blocks[next(blocks.count)]
        if let scalar = Unicode.Scalar(block.lowerBound + next(block.count)) { text.unicodeScalars.append(scalar) }
      }
      return text
    }
  }()

  /// 100 kB with and without spaces, and words at the limits of what models take.
  static let long: [String] = [
    String(repeating: "x", count: 100_000), String(repeating: "ab cd", count: 20_000),
    String(repeating: "é", count: 50_000), String(repeating: "漢字", count: 16_000),
    String(repeating: " ", count: 100_000), String(repeating: "👩‍👩‍👧", count: 4_000),
    String(repeating: "e\u{301}\u{323}", count: 20_000), String(repeating: "ab", count: 120),
    String(repeating: "x", count: 101) + " " + String(repeating: "y", count: 100),
    String((0..<100_000).map(letter)),
  ]

  /// A letter for each number, without an order that repeats soon.
  private static func letter(_ number: Int) -> Character {
    let place: Int = (number * number / 7 + number) % 26
    return Character(Unicode.Scalar(UInt8(97 + place)))
  }
}
