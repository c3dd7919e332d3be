import Foundation

/// Environment variables, read as each launcher means them.
struct RankVariables {
  let values: [String: String]
  /// Whether the ranks are to find one another.
  let isMeeting: Bool

  /// `RANK`, `WORLD_SIZE`, `LOCAL_RANK`, `MASTER_ADDR` and `MASTER_PORT`, as PyTorch defines them.
  func torchrun() throws -> RankEnvironment? {
    // Job scripts often set WORLD_SIZE and MASTER_ADDR for all launchers; who a process is, torchrun alone sets so.
    guard has("RANK") || has("LOCAL_RANK") || (has("WORLD_SIZE") && !isOtherLauncher) else { return nil }
    try complete(["RANK", "WORLD_SIZE", "LOCAL_RANK"], "torchrun")
    var found = try place(
      .torchrun, rank: "RANK", ranks: "WORLD_SIZE", localRank: "LOCAL_RANK", localRanks: "LOCAL_WORLD_SIZE")
    guard found.ranks > 1, isMeeting else { return found }
    try complete(["MASTER_ADDR", "MASTER_PORT"], "torchrun")
    try meet(&found, host: nil, port: nil)
    found.isLauncherListening = values["TORCHELASTIC_USE_AGENT_STORE"] == "True"
    found.session = values["TORCHELASTIC_RESTART_COUNT"] ?? "0"
    return found
  }

  /// Open MPI's `OMPI_COMM_WORLD_…`.
  func openMPI() throws -> RankEnvironment? {
    let names = ["OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"]
    guard names.contains(where: has) else { return nil }
    try complete(names, "Open MPI's mpirun")
    var found = try place(
      .openMPI, rank: names[0], ranks: names[1], localRank: names[2], localRanks: "OMPI_COMM_WORLD_LOCAL_SIZE")
    let job = values["PMIX_NAMESPACE"] ?? values["OMPI_MCA_ess_base_jobid"]
    try meet(&found, host: sole("OMPI_COMM_WORLD_LOCAL_SIZE", found), port: job.map(Self.port))
    return found
  }

  /// The process manager Hydra of MPICH and Intel MPI. Slurm sets `PMI_RANK` too, but not the rank on the machine.
  func mpich() throws -> RankEnvironment? {
    guard has("MPI_LOCALRANKID") || (has("PMI_RANK") && !has("SLURM_PROCID")) else { return nil }
    try complete(["PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"], "MPICH's mpirun")
    var found = try place(
      .mpich, rank: "PMI_RANK", ranks: "PMI_SIZE", localRank: "MPI_LOCALRANKID", localRanks: "MPI_LOCALNRANKS")
    try meet(&found, host: sole("MPI_LOCALNRANKS", found), port: nil)
    return found
  }

  /// The step that `srun` started. A batch script has Slurm's variables too, but is one process.
  func slurm() throws -> RankEnvironment? {
    let isStep = has("SLURM_STEP_NUM_TASKS") || has("SLURM_STEP_ID") || has("SLURM_STEPID")
    guard has("SLURM_PROCID"), isStep || !has("SLURM_JOB_ID") else { return nil }
    let ranks = has("SLURM_STEP_NUM_TASKS") ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS"
    try complete(["SLURM_PROCID", ranks, "SLURM_LOCALID"], "srun")
    var found = try place(.slurm, rank: "SLURM_PROCID", ranks: ranks, localRank: "SLURM_LOCALID", localRanks: nil)
    // Rank 0 runs on the step's first machine; only where no list is given, srun's own machine is the better guess.
    let machines = values["SLURM_STEP_NODELIST"] ?? values["SLURM_JOB_NODELIST"] ?? values["SLURM_NODELIST"]
    let job = values["SLURM_JOB_ID"] ?? values["SLURM_JOBID"]
    let step = values["SLURM_STEP_ID"] ?? values["SLURM_STEPID"] ?? "0"
    try meet(
      &found, host: machines.flatMap(Self.firstMachine) ?? values["SLURM_LAUNCH_NODE_IPADDR"],
      port: job.map { Self.port("\($0).\(step)") })
    found.session = "\(job ?? "0").\(step)"
    return found
  }

  /// A positive number of seconds.
  func seconds(_ name: String) throws -> Double? {
    guard has(name), let text = values[name] else { return nil }
    guard let seconds = Double(text), seconds > 0, seconds.isFinite else {
      throw RankEnvironmentError("\(name) is '\(text)'; a number of seconds is expected, such as 600")
    }
    return seconds
  }

  /// The first machine of a Slurm list such as `node[03-05,9],gpu1`: `node03`.
  static func firstMachine(_ list: String) -> String? {
    let prefix = list.prefix { $0 != "[" && $0 != "," }
    let rest = list.dropFirst(prefix.count)
    guard rest.first == "[" else { return prefix.isEmpty ? nil : String(prefix) }
    let number = rest.dropFirst().prefix { $0.isNumber }
    let suffix = rest.drop { $0 != "]" }.dropFirst().prefix { $0 != "," }
    return String(prefix + number + suffix)
  }

  /// A port that follows from a job's name, below those that systems hand out by themselves.
  static func port(_ job: String) -> UInt16 {
    // FNV-1a: the same on every machine and in every process.
    let hash = job.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return UInt16(10_000 + hash % 20_000)
  }

  private func has(_ name: String) -> Bool { values[name].map { !$0.isEmpty } ?? false }

  private var isOtherLauncher: Bool {
    ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "MPI_LOCALRANKID", "SLURM_PROCID"].contains(where: has)
  }

  private func complete(_ names: [String], _ launcher: String) throws {
    let missing = names.filter { !has($0) }
    guard missing.isEmpty else {
      let set = values.keys.filter { names.contains($0) && has($0) }.sorted()
      throw RankEnvironmentError(
        "\(missing.joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") not set"
          + (set.isEmpty ? "" : ", though \(set.joined(separator: ", ")) \(set.count == 1 ? "is" : "are")")
          + ": start the ranks by \(launcher), or unset what is left of it")
    }
  }

  private func place(
    _ launcher: RankEnvironment.Launcher, rank: String, ranks: String, localRank: String, localRanks: String?
  ) throws -> RankEnvironment {
    let count = try number(ranks)
    let own = try number(rank)
    let local = try number(localRank)
    guard count >= 1, own < count else {
      throw RankEnvironmentError("\(rank) is \(own), but \(ranks) is \(count): ranks count from 0 to one less")
    }
    // Slurm's batch scripts may set WORLD_SIZE for programs that look for it there.
    if ranks != "WORLD_SIZE", has("WORLD_SIZE"), try number("WORLD_SIZE") != count {
      throw RankEnvironmentError(
        "WORLD_SIZE is \(try number("WORLD_SIZE")), but \(ranks) is \(count); unset WORLD_SIZE, or make them agree")
    }
    let onMachine = try localRanks.flatMap { try has($0) ? number($0) : nil } ?? count
    guard local < onMachine, onMachine <= count else {
      throw RankEnvironmentError(
        "\(localRank) is \(local), but \(localRanks.map { has($0) ? $0 : ranks } ?? ranks) is \(onMachine) "
          + "of \(count) ranks: local ranks count from 0 to one less")
    }
    return RankEnvironment(launcher: launcher, rank: own, ranks: count, localRank: local, host: "", port: 0)
  }

  private func number(_ name: String) throws -> Int {
    guard let text = values[name], let number = Int(text), number >= 0 else {
      throw RankEnvironmentError("\(name) is '\(values[name] ?? "")'; a whole number from 0 is expected")
    }
    return number
  }

  /// This machine, where all ranks are on it.
  private func sole(_ localRanks: String, _ found: RankEnvironment) throws -> String? {
    try has(localRanks) && number(localRanks) == found.ranks ? "127.0.0.1" : nil
  }

  /// Fills in where ranks meet: `MASTER_ADDR` and `MASTER_PORT`, or what the launcher lets one guess.
  private func meet(_ found: inout RankEnvironment, host: String?, port: UInt16?) throws {
    guard found.ranks > 1, isMeeting else { return }
    guard let host = has("MASTER_ADDR") ? values["MASTER_ADDR"] : host else {
      throw RankEnvironmentError(
        "the ranks run on several machines and \(found.launcher.rawValue) does not say where rank 0 does: "
          + "set MASTER_ADDR to its machine, and MASTER_PORT to a free port there")
    }
    found.host = host
    found.port = port ?? 29_500
    guard has("MASTER_PORT") else { return }
    guard let port = UInt16(values["MASTER_PORT"] ?? ""), port > 0 else {
      throw RankEnvironmentError("MASTER_PORT is '\(values["MASTER_PORT"] ?? "")'; a port in 1...65535 is expected")
    }
    found.port = port
  }
}
