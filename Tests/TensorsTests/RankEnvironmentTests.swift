import Tensors
import Testing

@Suite struct RankEnvironmentTests {
  static let torchrun = [
    "RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "gpu1",
    "MASTER_PORT": "29400", "TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": "2",
  ]
  static let openMPI = [
    "OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_LOCAL_RANK": "1",
    "OMPI_COMM_WORLD_LOCAL_SIZE": "2", "PMIX_NAMESPACE": "prterun-host-77@1",
  ]
  static let mpich = ["PMI_RANK": "1", "PMI_SIZE": "2", "MPI_LOCALRANKID": "1", "MPI_LOCALNRANKS": "2"]
  static let slurm = [
    "SLURM_PROCID": "5", "SLURM_NTASKS": "8", "SLURM_STEP_NUM_TASKS": "8", "SLURM_LOCALID": "1",
    "SLURM_STEP_NODELIST": "node[03-05,9],gpu1", "SLURM_LAUNCH_NODE_IPADDR": "10.0.0.1", "SLURM_JOB_ID": "4711",
    "SLURM_STEP_ID": "0",
  ]

  /// What is found, in one line.
  func brief(_ variables: [String: String]) throws -> String {
    guard let found = try RankEnvironment.read(variables) else { return "alone" }
    return "\(found.launcher.rawValue) \(found.rank)/\(found.ranks) local \(found.localRank) at \(found.host)"
  }

  @Test func eachLaunchersVariablesAreRead() throws {
    #expect(try brief([:]) == "alone")
    #expect(try brief(Self.torchrun) == "torchrun 3/4 local 1 at gpu1")
    #expect(try brief(Self.openMPI) == "Open MPI 1/2 local 1 at 127.0.0.1")
    #expect(try brief(Self.mpich) == "MPICH 1/2 local 1 at 127.0.0.1")
    #expect(try brief(Self.slurm) == "Slurm 5/8 local 1 at node03")

    let torchrun = try #require(try RankEnvironment.read(Self.torchrun))
    #expect(torchrun.port == 29400 && torchrun.isLauncherListening && torchrun.session == "2")
    #expect(torchrun.timeout == 600 && torchrun.silence == 60)
    #expect(torchrun.device(.cuda) == Device(.cuda, index: 1) && torchrun.device(.cpu) == .cpu)
    #expect(torchrun.device(Device(.cuda, index: 7)) == Device(.cuda, index: 7))
    let slow = Self.torchrun.merging(["AFFECT_RANK_TIMEOUT": "30.5", "AFFECT_RANK_SILENCE": "9"]) { $1 }
    #expect(try RankEnvironment.read(slow)?.timeout == 30.5 && RankEnvironment.read(slow)?.silence == 9)

    // All ranks of a job come to the same port, those of another job to another.
    let slurm = try #require(try RankEnvironment.read(Self.slurm))
    var other = Self.slurm
    other["SLURM_PROCID"] = "0"
    #expect(try RankEnvironment.read(other)?.port == slurm.port && !slurm.isLauncherListening)
    other["SLURM_STEP_ID"] = "1"
    #expect(try RankEnvironment.read(other)?.port != slurm.port)
    #expect((10_000..<30_000).contains(slurm.port))
  }

  @Test(arguments: [
    // A launcher that another one started.
    (Self.slurm.merging(Self.torchrun) { $1 }, "torchrun 3/4 local 1 at gpu1"),
    (Self.slurm.merging(Self.openMPI) { $1 }, "Open MPI 1/2 local 1 at 127.0.0.1"),
    (Self.slurm.merging(Self.mpich) { $1 }, "MPICH 1/2 local 1 at 127.0.0.1"),
    // Slurm's own interface for MPI.
    (Self.slurm.merging(["PMI_RANK": "5", "PMI_SIZE": "8"]) { $1 }, "Slurm 5/8 local 1 at node03"),
    // What job scripts set for srun's tasks.
    (
      Self.slurm.merging(["MASTER_ADDR": "head", "MASTER_PORT": "1234", "WORLD_SIZE": "8"]) { $1 },
      "Slurm 5/8 local 1 at head"
    ),
    // A batch script, and a step of one task.
    (["SLURM_JOB_ID": "4711", "SLURM_PROCID": "0", "SLURM_LOCALID": "0", "SLURM_NTASKS": "8"], "alone"),
    (
      ["SLURM_JOB_ID": "4711", "SLURM_STEP_ID": "0", "SLURM_PROCID": "0", "SLURM_LOCALID": "0", "SLURM_NTASKS": "1"],
      "alone"
    ),
    (["RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0"], "alone"),
    (
      [
        "SLURM_PROCID": "0", "SLURM_NTASKS": "2", "SLURM_LOCALID": "0", "SLURM_LAUNCH_NODE_IPADDR": "10.0.0.1",
      ], "Slurm 0/2 local 0 at 10.0.0.1"
    ),
    (
      ["SLURM_PROCID": "0", "SLURM_NTASKS": "2", "SLURM_LOCALID": "0", "SLURM_NODELIST": "tiger,lion"],
      "Slurm 0/2 local 0 at tiger"
    ),
  ])
  func theRightOneOfSeveralCounts(variables: [String: String], expected: String) throws {
    #expect(try brief(variables) == expected)
  }

  @Test(arguments: [
    (
      ["RANK": "0"],
      "WORLD_SIZE, LOCAL_RANK are not set, though RANK is: start the ranks by torchrun, or unset what is left of it"
    ),
    (
      ["WORLD_SIZE": "2"],
      "RANK, LOCAL_RANK are not set, though WORLD_SIZE is: start the ranks by torchrun, or unset what is left of it"
    ),
    (
      ["RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "MASTER_ADDR": "a"],
      "MASTER_PORT is not set, though MASTER_ADDR is: start the ranks by torchrun, or unset what is left of it"
    ),
    (Self.torchrun.merging(["RANK": "4"]) { $1 }, "RANK is 4, but WORLD_SIZE is 4: ranks count from 0 to one less"),
    (
      Self.torchrun.merging(["RANK": "-1"]) { $1 }, "RANK is '-1'; a whole number from 0 is expected"
    ),
    (
      Self.torchrun.merging(["LOCAL_RANK": "2"]) { $1 },
      "LOCAL_RANK is 2, but LOCAL_WORLD_SIZE is 2 of 4 ranks: local ranks count from 0 to one less"
    ),
    (
      Self.torchrun.merging(["MASTER_PORT": "70000"]) { $1 },
      "MASTER_PORT is '70000'; a port in 1...65535 is expected"
    ),
    (
      Self.torchrun.merging(["AFFECT_RANK_TIMEOUT": "soon"]) { $1 },
      "AFFECT_RANK_TIMEOUT is 'soon'; a number of seconds is expected, such as 600"
    ),
    (
      ["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_LOCAL_RANK": "0"],
      "OMPI_COMM_WORLD_SIZE is not set, though OMPI_COMM_WORLD_LOCAL_RANK, OMPI_COMM_WORLD_RANK are: "
        + "start the ranks by Open MPI's mpirun, or unset what is left of it"
    ),
    (
      Self.openMPI.merging(["OMPI_COMM_WORLD_SIZE": "4"]) { $1 },
      "the ranks run on several machines and Open MPI does not say where rank 0 does: "
        + "set MASTER_ADDR to its machine, and MASTER_PORT to a free port there"
    ),
    (
      ["SLURM_PROCID": "1", "SLURM_NTASKS": "2"],
      "SLURM_LOCALID is not set, though SLURM_NTASKS, SLURM_PROCID are: start the ranks by srun, or unset what is left "
        + "of it"
    ),
    (
      Self.slurm.merging(["WORLD_SIZE": "4"]) { $1 },
      "WORLD_SIZE is 4, but SLURM_STEP_NUM_TASKS is 8; unset WORLD_SIZE, or make them agree"
    ),
  ])
  func variablesThatCannotBeFollowedAreNamed(variables: [String: String], message: String) {
    let error = #expect(throws: RankEnvironmentError.self) { try RankEnvironment.read(variables) }
    #expect(error?.description == message)
  }

  @Test func ranksThatOnlyShareWorkNeedNoMeetingPlace() throws {
    func brief(_ variables: [String: String]) throws -> String? {
      try RankEnvironment.read(variables, meeting: false).map { "\($0.rank)/\($0.ranks)" }
    }
    #expect(try brief(["RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "0"]) == "1/2")
    #expect(try brief(Self.openMPI.merging(["OMPI_COMM_WORLD_SIZE": "4"]) { $1 }) == "1/4")
    #expect(try brief(["SLURM_PROCID": "1", "SLURM_NTASKS": "2", "SLURM_LOCALID": "0"]) == "1/2")
    #expect(throws: RankEnvironmentError.self) { try brief(["RANK": "2", "WORLD_SIZE": "2", "LOCAL_RANK": "0"]) }
  }
}
