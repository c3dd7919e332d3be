/// One number of a prosody frame, as `docs/prosody.md` lists it.
public struct ProsodyColumn: Equatable, Sendable {
  /// The name, in snake case.
  public let name: String
  /// The unit, `1` for a plain number.
  public let unit: String
  /// How it is computed, in one line.
  public let formula: String
  /// Where the definition comes from.
  public let source: String
}

extension Prosody {
  static let cepstralCoefficients = 13

  /// The columns whose changes are columns too, in order.
  static let staticColumns: [ProsodyColumn] =
    [
      ProsodyColumn(
        name: "voicing_probability", unit: "1",
        formula: "logistic of (strength of the best voiced candidate - strength of unvoiced) / 0.05",
        source: "candidates of Boersma 1993"),
      ProsodyColumn(
        name: "voiced", unit: "1", formula: "1 where the best path through the candidates is voiced, else 0",
        source: "Boersma 1993"),
      ProsodyColumn(
        name: "log_f0", unit: "ln Hz",
        formula: "ln F0; between voiced frames linear, beyond them constant, ln 100 in a clip without any",
        source: "Boersma 1993"),
      ProsodyColumn(
        name: "f0_relative", unit: "semitone",
        formula: "12 log2(F0 / median F0 of the clip's voiced frames), filled as log_f0; 0 in a clip without any",
        source: "semitones as in eGeMAPS, Eyben et al. 2016"),
      ProsodyColumn(
        name: "hnr", unit: "dB",
        formula: "10 log10(r / (1 - r)), r the autocorrelation at the period, limited to -20...40",
        source: "Boersma 1993, eq. 4"),
      ProsodyColumn(
        name: "log_energy", unit: "ln of power",
        formula: "ln(mean square of 25 ms + 1e-10), full scale 1", source: "Young et al., The HTK Book, 5.5"),
      ProsodyColumn(
        name: "energy_relative", unit: "dB",
        formula: "10 log10 of the same over its mean in the clip, at least -80", source: "level relative to the clip"),
      ProsodyColumn(
        name: "zero_crossings", unit: "1",
        formula: "sign changes in 25 ms over the number of samples", source: "Rabiner and Schafer 1978"),
      ProsodyColumn(
        name: "spectral_centroid", unit: "kHz", formula: "sum f P / sum P", source: "Peeters 2004"),
      ProsodyColumn(
        name: "spectral_spread", unit: "kHz", formula: "sqrt(sum (f - centroid)^2 P / sum P)", source: "Peeters 2004"),
      ProsodyColumn(
        name: "spectral_rolloff", unit: "kHz", formula: "the frequency below which 85 % of sum P lie",
        source: "Peeters 2004"),
      ProsodyColumn(
        name: "spectral_flatness", unit: "dB", formula: "10 log10(geometric mean of P / arithmetic mean of P)",
        source: "Johnston 1988"),
      ProsodyColumn(
        name: "spectral_flux", unit: "1",
        formula: "Euclidean distance of sqrt(P / sum P) from the frame before; 0 in the first frame",
        source: "Peeters 2004"),
      ProsodyColumn(
        name: "slope_0_500", unit: "dB/kHz", formula: "slope of the regression of 10 log10 P on f from 0 to 500 Hz",
        source: "eGeMAPS, Eyben et al. 2016"),
      ProsodyColumn(
        name: "slope_500_1500", unit: "dB/kHz",
        formula: "slope of the regression of 10 log10 P on f from 500 to 1500 Hz", source: "eGeMAPS, Eyben et al. 2016"),
      ProsodyColumn(
        name: "alpha_ratio", unit: "dB", formula: "10 log10(sum P of 50 to 1000 Hz / sum P of 1000 to 5000 Hz)",
        source: "eGeMAPS, Eyben et al. 2016"),
      ProsodyColumn(
        name: "hammarberg_index", unit: "dB",
        formula: "largest 10 log10 P of 0 to 2000 Hz - largest of 2000 to 5000 Hz",
        source: "Hammarberg et al. 1980; eGeMAPS"),
    ]
    + (1...cepstralCoefficients).map { index in
      ProsodyColumn(
        name: "mfcc_\(index)", unit: "1",
        formula: "coefficient \(index) of the orthonormal DCT-II of ln of 40 Slaney mel bands of P",
        source: "Davis and Mermelstein 1980")
    }

  /// All columns of a frame: the static ones, then the change of each but `voiced`.
  public static let columns: [ProsodyColumn] =
    staticColumns
    + staticColumns.filter { $0.name != "voiced" }.map { column in
      ProsodyColumn(
        name: "delta_" + column.name, unit: column.unit + " per 10 ms",
        formula: "regression slope of \(column.name) over 2 frames on each side, the ends repeated",
        source: "Young et al., The HTK Book, eq. 5.16")
    }
}
