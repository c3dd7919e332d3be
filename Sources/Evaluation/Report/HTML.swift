import Mustache

/// Escaping for HTML and SVG, by Unicode scalar. Mustache's own works by `Character`, where a quotation mark with a
/// combining mark after it is another character than a quotation mark, and would end an attribute.
enum HTML {
  static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      case "\t", "\n", "\r": result.append(scalar)
      // Control characters are no characters of HTML.
      case "\0"..."\u{1F}", "\u{7F}"..."\u{9F}": result.append("\u{FFFD}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// The escaping that templates name with `{{% CONTENT_TYPE:SCALARS}}`.
  static let contentType = "SCALARS"

  private struct Scalars: MustacheContentType {
    func escapeText(_ text: String) -> String { escaped(text) }
  }

  private static let registered: Void = MustacheContentTypes.register(Scalars(), named: contentType)

  /// A template whose `{{name}}` escapes as `escaped` does; `{{{name}}}` is for markup made here.
  static func template(_ text: String) throws -> MustacheTemplate {
    _ = registered
    return try MustacheTemplate(string: "{{% CONTENT_TYPE:\(contentType)}}" + text)
  }
}
