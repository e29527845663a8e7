internal import Storage
internal import Synchronization

extension Volume {
  /// Reads the log, builds the index and checks what the nodes say about each other.
  ///
  /// - Parameter known: The range's log if it was read before; it is read again where `options` give an erase size or
  ///   another byte order.
  /// - Throws: ``JFFS2Error`` `.noNodes` where the range holds no node, `.incompatibleNode`, `.invalidEraseSize`, `.rootNotDirectory`,
  ///   `.storage`.
  package convenience init(
    scanning range: FlashRange, _ options: Options = Options(), reusing known: LogScan? = nil
  ) throws(JFFS2Error) {
    let log: LogScan
    if let known, known.suits(range, options) {
      log = known
    } else {
      guard let dialect = try Dialect.detect(in: range, endianness: options.endianness) else {
        throw .noNodes
      }
      log = try LogScan(range, dialect: dialect, eraseSize: options.eraseSize)
    }
    let foreign = try log.searchForeignBytes()
    let missing = try log.missingListedNodes()
    try self.init(log, options, incompleteInos: log.incompleteInos(foreign, missing: missing))
    var check = try IntegrityCheck(self, log, foreign: foreign, missing: missing)
    try check.run()
    checkedIntegrity.withLock { $0 = check.findings }
  }
}

extension LogScan {
  /// Whether a volume of a range can be made of the log without reading it again.
  fileprivate func suits(_ range: FlashRange, _ options: Volume.Options) -> Bool {
    options.eraseSize == nil && self.range.isSame(as: range)
      && options.endianness ?? dialect.endianness == dialect.endianness
  }
}
