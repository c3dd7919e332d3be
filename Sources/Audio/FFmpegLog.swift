import CFFmpeg

/// Keeps FFmpeg from writing to standard error: what it has to say reaches the caller as an `AudioError`.
///
/// The level is FFmpeg's own and holds for the process; it is set once, before the first use.
func silenceFFmpeg() { _ = silenced }

private let silenced: Void = av_log_set_level(AV_LOG_QUIET)

/// The version of the libraries that are loaded, which is not always that of the headers.
var linkedFFmpegVersion: String { String(cString: av_version_info()) }
