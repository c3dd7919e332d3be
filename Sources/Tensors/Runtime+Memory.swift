import CTorch
import Foundation

#if canImport(Darwin)
  import Darwin
#endif

extension Runtime {
  /// Bytes of main memory that the process holds now, mapped files included as far as they have been read; nil where the
  /// system does not say.
  public static var residentMemory: Int? {
    #if canImport(Darwin)
      var info = proc_taskinfo()
      let size = Int32(MemoryLayout<proc_taskinfo>.size)
      return proc_pidinfo(getpid(), PROC_PIDTASKINFO, 0, &info, size) == size ? Int(info.pti_resident_size) : nil
    #else
      return statusField("VmRSS")
    #endif
  }

  /// The most bytes of main memory that the process has held; nil where the system does not say.
  public static var peakResidentMemory: Int? {
    #if canImport(Darwin)
      var usage = rusage()
      return getrusage(RUSAGE_SELF, &usage) == 0 ? Int(usage.ru_maxrss) : nil
    #else
      return statusField("VmHWM")
    #endif
  }

  /// Begins to measure the peak of resident memory anew, where the system allows it (Linux).
  public static func resetPeakResidentMemory() {
    #if !canImport(Darwin)
      // Where it is refused, the peak since the start goes on to be measured.
      if let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") {
        try? file.write(contentsOf: Data("5".utf8))
        try? file.close()
      }
    #endif
  }

  /// Bytes that tensors take on a GPU: now, and the most since the start or the last `resetPeakMemory`. Throws
  /// `TensorError` for the CPU, whose memory is the process's, and for a device that is not there or does not count.
  public static func memory(of device: Device) throws -> (now: Int, peak: Int) {
    var (now, peak) = (Int64(0), Int64(0))
    try check(
      ct_device_memory(device.code, Int8(device.index ?? 0), &now, &peak), "reading the memory of a device",
      [device.description])
    return (Int(now), Int(peak))
  }

  /// Begins to measure a GPU's peak anew. Throws as `memory(of:)` does.
  public static func resetPeakMemory(of device: Device) throws {
    try check(
      ct_reset_device_memory_peak(device.code, Int8(device.index ?? 0)), "resetting the peak memory of a device",
      [device.description])
  }

  #if !canImport(Darwin)
    /// A line of Linux's account of the process, such as `VmRSS:   1234 kB`, in bytes.
    private static func statusField(_ name: String) -> Int? {
      guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
        let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name + ":") })
      else { return nil }
      return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }.map {
        $0 << 10
      }
    }
  #endif
}
