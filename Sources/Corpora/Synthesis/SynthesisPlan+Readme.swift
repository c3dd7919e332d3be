import Emotion

extension SynthesisPlan {
  /// What the corpus says of itself.
  var readme: String {
    """
    # Synthetic speech

    This corpus is not a recording of people. Its speech was made by the program espeak-ng, its speakers are
    \(options.speakers) settings of that program, and its ratings were drawn by a random generator. It serves to try out
    and to test Affect. Figures reached on it say nothing of how well a system recognises emotion in human speech.

    - \(options.clips) clips, \(options.ratingsPerClip) simulated ratings a clip, seed \(options.seed).
    - Rate, pitch, pitch range and volume lean towards the class that a clip is meant as (column `Acted`), with noise, so
      that the classes overlap. Half of the clips have words of their class; the others have words that all classes share,
      or words of another class.
    - `EmoClass` is the plurality of the simulated raters, `X` where they tie. The class that was meant wins a rater's
      vote with a probability of 0.45 to 0.85, by the strength of the expression; otherwise the rater hears neutral or a
      class that is often confused with it.
    - Speakers are in one split each. Where the raters left a class out of a split, one clip was rated anew.

    """
  }
}
