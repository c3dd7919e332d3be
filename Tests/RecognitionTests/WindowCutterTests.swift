import Recognition
import Testing

@Suite("Windows")
struct WindowCutterTests {
  /// Cuts so many samples, each of which is its own number, given in blocks of a size.
  func windows(_ plan: WindowPlan, samples: Int, block: Int) -> [Stretch] {
    var cutter = WindowCutter(plan)
    var windows: [Stretch] = []
    for start in stride(from: 0, to: samples, by: block) {
      windows += cutter.add((start..<min(start + block, samples)).map(Float.init))
    }
    return windows + cutter.finish()
  }

  // A window of 1600 samples, recordings of up to 3200 left whole.
  let plan = WindowPlan(window: 0.1, whole: 0.2)

  @Test("Without overlap each sample is in one window, in order, at any length", arguments: [1, 400, 1600, 5000])
  func everySampleOnce(block: Int) {
    for samples in [1, 399, 1600, 3199, 3200, 3201, 3599, 3600, 4800, 5199, 5200, 16_000, 16_399] {
      let found = windows(plan, samples: samples, block: block)
      #expect(found.flatMap(\.samples) == (0..<samples).map(Float.init), "\(samples)")
      for window in found {
        #expect(window.start == Double(window.samples.first ?? -1) / 16_000)
        #expect(found.count == 1 || (400...1999).contains(window.samples.count), "\(samples)")
      }
    }
  }

  @Test("How a recording comes in blocks makes no difference")
  func blocks() {
    let plans = [plan, WindowPlan(window: 0.1, hop: 0.03, whole: 0.1), WindowPlan(window: 0.1, hop: 0.1, whole: 0)]
    for plan in plans {
      for samples in [1, 1600, 1601, 3300, 5170, 6000] {
        let whole = windows(plan, samples: samples, block: samples)
        for block in Array(1...64) + [479, 480, 481, 1599, 1600, 1601, 3200, 4000] {
          guard block >= 8 || samples < 3300 else { continue }
          #expect(windows(plan, samples: samples, block: block) == whole, "\(plan), \(samples) by \(block)")
        }
      }
    }
  }

  @Test("A short recording is one window; a longer one is cut, and a sliver joins the window before it")
  func slivers() {
    func shape(_ plan: WindowPlan, _ samples: Int) -> [[Int]] {
      windows(plan, samples: samples, block: 1000).map { [Int($0.samples[0]), $0.samples.count] }
    }
    #expect(shape(plan, 3200) == [[0, 3200]])
    #expect(shape(plan, 3201) == [[0, 1600], [1600, 1601]])
    #expect(shape(plan, 3599) == [[0, 1600], [1600, 1999]])
    #expect(shape(plan, 3600) == [[0, 1600], [1600, 1600], [3200, 400]])
    let overlapping = WindowPlan(window: 0.1, hop: 0.05, whole: 0.1)
    #expect(shape(overlapping, 3200) == [[0, 1600], [800, 1600], [1600, 1600]])
    #expect(shape(overlapping, 3300) == [[0, 1600], [800, 1600], [1600, 1600], [2400, 900]])
    // Nearly no overlap leaves a sliver too.
    #expect(shape(WindowPlan(window: 0.1, hop: 0.09, whole: 0.1), 1800) == [[0, 1800]])
    #expect(windows(plan, samples: 0, block: 1) == [])
  }

  @Test("Memory holds one recording that may stay whole, or a window and a hop, however long it is")
  func memory() {
    var cutter = WindowCutter(plan)
    var most = 0
    for _ in 0..<1000 {
      _ = cutter.add([Float](repeating: 0, count: 500))
      most = max(most, cutter.held)
    }
    #expect(most <= 3200)
    #expect(cutter.finish().count <= 2)
  }

  @Test("Numbers that can't be used are named")
  func faults() {
    #expect(WindowPlan().fault == nil)
    #expect(WindowPlan(window: 0.05).fault == "a window of 0.05 s can't be; from 0.1 to 3600 s can")
    #expect(WindowPlan(window: 1e300).fault == "a window of 1e+300 s can't be; from 0.1 to 3600 s can")
    #expect(WindowPlan(window: .nan).fault == "a window of nan s can't be; from 0.1 to 3600 s can")
    #expect(WindowPlan(window: 2, hop: 3).fault == "a hop of 3.0 s can't be; from 0.01 s to the window, 2.0 s, can")
    #expect(WindowPlan(hop: 0).fault == "a hop of 0.0 s can't be; from 0.01 s to the window, 5.0 s, can")
    #expect(
      WindowPlan(whole: .infinity).fault
        == "recordings of up to inf s can't be left whole; from 0 to 3600 s can")
  }
}
