internal import CFUSE
internal import Glibc
internal import SystemPackage

/// A request of the kernel that has not been answered: what every reply type owns.
///
/// libfuse frees a request when it is answered, so an answer must be given exactly once. Taking
/// the request out consumes this value, and `deinit` answers `EIO` if it was not answered.
@safe struct PendingRequest: ~Copyable {
  private let request: OpaquePointer

  init(_ request: OpaquePointer) {
    unsafe self.request = request
  }

  deinit {
    unsafe fuse_reply_err(request, EIO)
  }

  /// Lends the request to a libfuse function that does not answer it.
  borrowing func withRequest<Result>(_ body: (OpaquePointer) -> Result) -> Result {
    unsafe body(request)
  }

  /// Hands the request to the libfuse function that answers it. Returns whether the kernel took
  /// the answer; it does not when the caller was interrupted meanwhile.
  @discardableResult
  consuming func answer(_ body: (OpaquePointer) -> Int32) -> Bool {
    let request = unsafe self.request
    discard self
    return unsafe body(request) == 0
  }

  consuming func fail(_ error: Errno) {
    unsafe answer { request in unsafe fuse_reply_err(request, error.rawValue) }
  }

  /// Answers with bytes, straight from the caller's memory.
  consuming func answer(with bytes: Span<UInt8>) {
    let request = unsafe self.request
    discard self
    // libfuse has written the bytes to the kernel when it returns, so the span outlives their use.
    _ = unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe cfuse_reply_bytes(request, bytes.baseAddress, bytes.count)
    }
  }
}
