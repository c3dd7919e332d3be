/// What a file of `torch.save` holds, in the zip format of PyTorch 1.6 and later or in the one before it: a pickle, and
/// where in the file each storage lies.
struct TorchFile {
  var machine: PickleMachine
  var root: PickleValue
  /// Where each storage lies in the file, by its key.
  var extents: [String: Range<Int>] = [:]

  /// Whether a file begins as one of either format does.
  static func isTorchFile(_ bytes: UnsafeRawBufferPointer) -> Bool {
    ZipArchive.isArchive(bytes) || bytes.starts(with: [0x80]) && bytes.count > 1 && bytes[1] <= 5
  }

  /// Reads a file of either format.
  init(_ bytes: UnsafeRawBufferPointer) throws(FileFault) {
    if ZipArchive.isArchive(bytes) {
      try self.init(zip: bytes)
    } else {
      try self.init(legacy: bytes)
    }
  }

  private init(zip bytes: UnsafeRawBufferPointer) throws(FileFault) {
    let entries = try ZipArchive(bytes).entries
    let pickles = entries.keys.filter { $0.hasSuffix("/data.pkl") && $0.utf8.count { $0 == UInt8(ascii: "/") } == 1 }
    guard let pickle = pickles.first, pickles.count == 1, let range = entries[pickle] else {
      throw FileFault("it is a zip file with \(pickles.count) entries FOLDER/data.pkl, of which PyTorch writes one")
    }
    let folder = pickle.dropLast("data.pkl".count)
    if entries["\(folder)constants.pkl"] != nil {
      throw FileFault("it is a TorchScript program; only its weights, saved as a state dict, can be read")
    }
    if let order = entries["\(folder)byteorder"], !bytes[order].elementsEqual("little".utf8) {
      let name = bytes.text(order) ?? "?"
      throw FileFault("its numbers are stored in the byte order \(name.quoted); little can be read")
    }
    machine = PickleMachine(bytes, in: range)
    root = try machine.run()
    let data = "\(folder)data/"
    for (name, range) in entries where name.hasPrefix(data) {
      extents[String(name.dropFirst(data.count))] = range
    }
  }

  /// The format before 1.6: five pickles (a magic number, a version, facts on the system, the object, the keys of the
  /// storages), then for each key the number of elements and the elements.
  private init(legacy bytes: UnsafeRawBufferPointer) throws(FileFault) {
    var place = 0
    func next() throws(FileFault) -> (PickleMachine, PickleValue) {
      var machine = PickleMachine(bytes, in: place..<bytes.count)
      let value = try machine.run()
      place = machine.end
      return (machine, value)
    }
    let unknown = FileFault("it is neither a zip file nor a pickle as torch.save writes them")
    guard bytes.first == 0x80, case (let reader, .longInteger(let magic)) = try next(),
      reader.bytes(magic).elementsEqual(Self.magic)
    else { throw unknown }
    guard case (_, .int(let version)) = try next(), version == 1001 else {
      throw FileFault("it is a file of torch.save of an unknown version; 1001 can be read")
    }
    let (facts, system) = try next()
    guard case .dictionary(let index) = system else { throw unknown }
    for (key, value) in try facts.pairs(index) where key == "little_endian" {
      guard case .bool(true) = value else {
        throw FileFault("its numbers are stored big end first; little can be read")
      }
    }
    (machine, root) = try next()
    let (list, keys) = try next()
    guard case .list(let index) = keys else { throw FileFault("the list of its storages is \(keys.kind)") }
    let referenced = try machine.storagesByKey()
    var cursor = ByteCursor(bytes, in: place..<bytes.count)
    for value in list.lists[index] {
      guard case .text(let slice) = value else { throw FileFault("the key of a storage is \(value.kind)") }
      let key = try list.string(slice)
      guard let storage = referenced[key] else { throw FileFault("its storage \(key.quoted) belongs to no tensor") }
      let count = try cursor.readCount()
      guard count == storage.count else {
        throw FileFault("its storage \(key.quoted) has \(count) elements, but the tensors expect \(storage.count)")
      }
      let (length, overflow) = count.multipliedReportingOverflow(by: storage.dtype?.byteCount ?? 1)
      guard !overflow, length <= cursor.remaining else {
        throw FileFault(
          "its storage \(key.quoted) has \(count) elements, but \(cursor.remaining) bytes are left: it is truncated")
      }
      guard extents.updateValue(try cursor.take(length), forKey: key) == nil else {
        throw FileFault("its storage \(key.quoted) stands there twice")
      }
    }
    guard cursor.remaining == 0 else { throw FileFault("\(cursor.remaining) bytes follow its last storage") }
  }

  /// Where the elements of a storage that the pickle refers to lie in the file.
  func bytes(ofStorage index: Int) throws(FileFault) -> Range<Int> {
    let storage = machine.storages[index]
    let key = try machine.string(storage.key)
    guard let extent = extents[key] else { throw FileFault("lies in storage \(key.quoted), which the file lacks") }
    let unit = storage.dtype?.byteCount ?? 1
    let (length, overflow) = storage.count.multipliedReportingOverflow(by: unit)
    // A storage of bytes may end in a part of an element.
    guard !overflow, (0..<unit).contains(extent.count - length) else {
      throw FileFault(
        "lies in storage \(key.quoted), which should have \(storage.count) elements of \(unit) bytes, but has "
          + "\(extent.count) bytes")
    }
    guard let part = storage.part else { return extent }
    return (extent.lowerBound + part.lowerBound * unit)..<(extent.lowerBound + part.upperBound * unit)
  }

  /// 0x1950a86a20f9469cfc6c
  private static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
}

extension PickleMachine {
  /// The pairs of a dictionary whose keys are texts; others are left out.
  fileprivate func pairs(_ index: Int) throws(FileFault) -> [(key: String, value: PickleValue)] {
    var found: [(key: String, value: PickleValue)] = []
    let flat = dictionaries[index]
    for position in stride(from: 0, to: flat.count, by: 2) {
      if case .text(let slice) = flat[position] { found.append((try string(slice), flat[position + 1])) }
    }
    return found
  }

  /// One of the references to each storage; all must agree on what it is.
  fileprivate func storagesByKey() throws(FileFault) -> [String: PickledStorage] {
    var found: [String: PickledStorage] = [:]
    for storage in storages {
      let key = try string(storage.key)
      if let other = found[key], other.dtype != storage.dtype || other.count != storage.count {
        throw FileFault("its storage \(key.quoted) is described in two ways")
      }
      found[key] = storage
    }
    return found
  }
}
