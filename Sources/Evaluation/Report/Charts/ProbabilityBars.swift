/// The probabilities of one clip as eight small columns: the decision filled, the label's name underlined.
struct ProbabilityBars {
  var probabilities: [RunReport.ClassProbability]
  var decision: String
  var label: String?

  func markup() -> String {
    let (column, height, top) = (29.0, 44.0, 14.0)
    let width = column * Double(max(probabilities.count, 1))
    var svg = SVG(width: width, height: top + height + 20, label: spoken)
    for (index, item) in probabilities.enumerated() {
      let share = item.probability.isFinite ? min(max(item.probability, 0), 1) : 0
      let middle = (Double(index) + 0.5) * column
      let tall = max(share * height, 1)
      let decided = item.name == decision
      svg.rectangle(middle - 9, top, 18, height, "track", radius: 3)
      svg.rectangle(
        middle - 9, top + height - tall, 18, tall, decided ? "f0" : "faint", radius: 3,
        title: "\(item.name): \(percent(share))")
      if decided || share >= 0.2 {
        svg.text(middle, top + height - tall - 4, percent(share), "small", anchor: .middle)
      }
      svg.text(middle, top + height + 12, String(item.name.prefix(3)), "small", anchor: .middle)
      if item.name == label { svg.line(middle - 10, top + height + 16, middle + 10, top + height + 16, "truth l1") }
    }
    return svg.markup
  }

  private var spoken: String {
    "Probabilities: "
      + probabilities.map { "\($0.name) \(percent($0.probability.isFinite ? $0.probability : 0))" }.joined(
        separator: ", ")
  }
}
