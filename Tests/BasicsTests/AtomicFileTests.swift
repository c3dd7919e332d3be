import Basics
import Foundation
import Testing

@Suite struct AtomicFileTests {
  let folder = FileManager.default.temporaryDirectory.appending(path: "atomic-\(UUID().uuidString)")

  @Test func writesAndReplaces() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "deep/file.txt")
    try AtomicFile.write("one", to: url)
    try AtomicFile.write("two", to: url)
    #expect(try String(contentsOf: url, encoding: .utf8) == "two")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "deep").path) == ["file.txt"])
  }

  @Test func aFailureLeavesTheOldFileAndNothingElse() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "file.txt")
    try AtomicFile.write("old", to: url)
    #expect(throws: CancellationError.self) {
      try AtomicFile.write(to: url) { handle in
        try handle.write(contentsOf: Data("half".utf8))
        throw CancellationError()
      }
    }
    #expect(try String(contentsOf: url, encoding: .utf8) == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file.txt"])
  }

  @Test func whatAKilledProcessLeftIsRemovedAndNothingElse() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "file.txt")
    try AtomicFile.removeLeftovers(of: url)
    for name in ["file.txt", "other.txt"] {
      try AtomicFile.write("whole", to: folder.appending(path: name))
      try Data("half".utf8).write(to: AtomicFile.aside(folder.appending(path: name)))
    }
    try AtomicFile.removeLeftovers(of: url)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(left.count == 3 && left[0].hasPrefix(".other.txt.") && left[1...] == ["file.txt", "other.txt"], "\(left)")
  }

  @Test func aFolderThatCannotBeMadeIsNamed() throws {
    let error = #expect(throws: FileError.self) {
      try AtomicFile.write("x", to: URL(filePath: "/dev/null/folder/file.txt"))
    }
    #expect(error?.url.path == "/dev/null/folder")
  }
}
