import FeatureStore
import Foundation

/// Which of several processes this one is, by the environment that torchrun (`RANK`, `WORLD_SIZE`) or Slurm's srun
/// (`SLURM_PROCID`, `SLURM_NTASKS` within a step) gives each.
struct ProcessRank: Equatable {
  let index: Int
  let count: Int

  /// nil where the environment speaks of no other process. Throws for numbers that make no sense.
  init?(_ environment: [String: String]) throws {
    let names: (String, String)
    if environment["RANK"] != nil, environment["WORLD_SIZE"] != nil {
      names = ("RANK", "WORLD_SIZE")
    } else if environment["SLURM_STEP_ID"] != nil, environment["SLURM_PROCID"] != nil {
      // A batch script has the number of its tasks too, and is yet one process; only a step is several.
      names = ("SLURM_PROCID", environment["SLURM_STEP_NUM_TASKS"] == nil ? "SLURM_NTASKS" : "SLURM_STEP_NUM_TASKS")
    } else {
      return nil
    }
    let (rank, size) = (environment[names.0] ?? "", environment[names.1] ?? "")
    guard let index = Int(rank), let count = Int(size), WorkShare(index, of: count) != nil else {
      throw ExtractError.rank("\(names.0) is '\(rank)' and \(names.1) is '\(size)' in the environment")
    }
    (self.index, self.count) = (index, count)
  }

  /// The share of work that belongs to it.
  var share: WorkShare { WorkShare(index, of: count) ?? .whole }
}
