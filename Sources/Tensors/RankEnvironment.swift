import Foundation

/// Who a process is among those that a launcher started together: `torchrun`, `srun`, or Open MPI's or MPICH's `mpirun`.
public struct RankEnvironment: Equatable, Sendable {
  /// What started the processes.
  public enum Launcher: String, Sendable { case torchrun, openMPI = "Open MPI", mpich = "MPICH", slurm = "Slurm" }

  /// What started them.
  public var launcher: Launcher
  /// Which of the processes this one is, from 0.
  public var rank: Int
  /// How many there are, at least 2.
  public var ranks: Int
  /// Which of those on this machine it is, from 0: the CUDA device of that number is its own.
  public var localRank: Int
  /// Where the ranks find one another: a machine that all can reach.
  public var host: String
  /// And a port there.
  public var port: UInt16
  /// Whether the launcher listens at that port; if not, rank 0 does.
  public var isLauncherListening = false
  /// Tells apart groups that meet at one port after one another, such as those of a launcher that starts ranks again.
  public var session = "0"
  /// Seconds after which joining, or an exchange between ranks, is given up (`AFFECT_RANK_TIMEOUT`).
  public var timeout: Double = 600
  /// Seconds without a sign of life after which a rank counts as lost (`AFFECT_RANK_SILENCE`).
  public var silence: Double = 60

  /// A process by its parts.
  public init(launcher: Launcher, rank: Int, ranks: Int, localRank: Int, host: String, port: UInt16) {
    self.launcher = launcher
    self.rank = rank
    self.ranks = ranks
    self.localRank = localRank
    self.host = host
    self.port = port
  }

  /// The device of this rank, where all were asked to use `device`: of several CUDA devices its own.
  public func device(_ device: Device) -> Device {
    device == .cuda ? Device(.cuda, index: localRank) : device
  }

  /// Reads the variables that a launcher sets.
  ///
  /// `torchrun`'s stand before the others', since it may itself be started by `srun` or `mpirun`, and `mpirun`'s before
  /// Slurm's for the same reason. A Slurm allocation in which no step was started, and a step of one task, are no group.
  ///
  /// - Parameters:
  ///   - variables: nil reads those of this process.
  ///   - meeting: whether the ranks are to find one another. Where each only does its share of the work, `host` and `port`
  ///     are not needed, and not read.
  /// - Returns: nil for a process that is on its own.
  /// - Throws: `RankEnvironmentError` for variables that are missing, unreadable or contradict one another.
  public static func read(_ variables: [String: String]? = nil, meeting: Bool = true) throws -> RankEnvironment? {
    let reader = RankVariables(values: variables ?? ProcessInfo.processInfo.environment, isMeeting: meeting)
    guard
      var found = try reader.torchrun() ?? reader.openMPI() ?? reader.mpich() ?? reader.slurm(), found.ranks > 1
    else { return nil }
    found.timeout = try reader.seconds("AFFECT_RANK_TIMEOUT") ?? found.timeout
    found.silence = try reader.seconds("AFFECT_RANK_SILENCE") ?? found.silence
    return found
  }
}

/// Variables of a launcher that can't be followed.
public struct RankEnvironmentError: Error, Equatable, CustomStringConvertible {
  /// What is wrong with which variables.
  public let description: String

  init(_ description: String) { self.description = description }
}
