internal import Storage
internal import SystemPackage

extension Volume {
  /// Reads the file system in a file, a block device or an MTD character device.
  ///
  /// - Parameters:
  ///   - path: The file, which stays open as long as the volume is used.
  ///   - range: The bytes that the file system occupies; all of them if nil.
  ///   - options: What is known about the file system.
  /// - Throws: ``JFFS2Error`` `.storage` where the file cannot be read, `.noNodes` where there is no JFFS2 in it, and others where it
  ///   cannot be served.
  public convenience init(
    path: String, range: Range<UInt64>? = nil, options: Options = Options()
  ) throws(JFFS2Error) {
    let image: FlashImage
    do throws(StorageError) {
      image = try FlashImage(opening: FilePath(path))
    } catch {
      throw .storage(error)
    }
    try self.init(image, range, options)
  }

  /// Reads the file system from an open descriptor, as ``init(path:range:options:)`` does.
  ///
  /// - Parameters:
  ///   - descriptor: Open for reading. It is closed when the volume is no longer used, or at once where this throws.
  ///   - name: What messages call the file.
  ///   - range: The bytes that the file system occupies; all of them if nil.
  ///   - options: What is known about the file system.
  public convenience init(
    descriptor: Int32, name: String, range: Range<UInt64>? = nil, options: Options = Options()
  ) throws(JFFS2Error) {
    let image: FlashImage
    do throws(StorageError) {
      image = try FlashImage(adopting: descriptor, path: name)
    } catch {
      throw .storage(error)
    }
    try self.init(image, range, options)
  }

  /// Reads the file system in bytes, which are copied.
  ///
  /// - Parameters:
  ///   - bytes: A file system and nothing else.
  ///   - name: What messages call them.
  ///   - options: What is known about the file system.
  public convenience init(
    bytes: Span<UInt8>, name: String = "image", options: Options = Options()
  ) throws(JFFS2Error) {
    let image: FlashImage
    do throws(StorageError) {
      image = try FlashImage(copying: bytes, path: name)
    } catch {
      throw .storage(error)
    }
    try self.init(image, nil, options)
  }

  private convenience init(
    _ image: FlashImage, _ range: Range<UInt64>?, _ options: Options
  ) throws(JFFS2Error) {
    try self.init(
      scanning: try FlashRange(image, range ?? 0..<image.byteCount), options)
  }

  /// The byte order of the file system.
  public var endianness: Endianness { dialect.endianness }

  /// The inode that a path leads to, or nil; symbolic links are not followed.
  ///
  /// - Parameter path: Names from the root on, with slashes between them. `.` and `..` lead nowhere.
  /// - Throws: ``JFFS2Error/noSuchInode(_:)`` where the path leads through a name of which nothing is left.
  public func lookup(path: String) throws(JFFS2Error) -> InodeNumber? {
    var ino = Self.rootIno
    for name in path.utf8.split(separator: UInt8(ascii: "/")) {
      guard let next = try lookup(Array(name).span, in: ino) else { return nil }
      ino = next
    }
    return ino
  }

  /// All bytes of a regular file. An image can claim 4 GiB for any of its files; ``read(_:at:into:)`` reads as much as asked for.
  ///
  /// - Throws: as ``read(_:at:into:)``.
  public func contents(of ino: InodeNumber) throws(JFFS2Error) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(try attributes(of: ino).size))
    var span = bytes.mutableSpan
    let count = try read(ino, at: 0, into: &span)
    bytes.removeLast(bytes.count - count)
    return bytes
  }
}
