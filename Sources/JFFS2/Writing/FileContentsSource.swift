/// Where the contents of the files of a ``FileTree`` come from.
package protocol FileContentsSource: Sendable {
  /// Why contents cannot be read.
  associatedtype Failure: Error

  /// Fills `buffer` with a regular file's bytes from `offset` on; from several threads at once.
  ///
  /// - Parameters:
  ///   - file: The file's number in the tree.
  ///   - offset: As far inside the file's size as the buffer is long.
  func read(
    _ file: UInt32, at offset: UInt64, into buffer: inout MutableSpan<UInt8>
  ) throws(Failure)
}
