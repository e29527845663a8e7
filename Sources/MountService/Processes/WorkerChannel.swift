import CLinux
package import FirmwareAccess
import Glibc
import Synchronization

/// The messages between supervisor and worker.
package enum WorkerMessage: Equatable, Sendable {
  case log(Log.Level, String)
  /// The firmware is read; what was found.
  case prepared(String)
  case failed(ProgramError)
  /// No request came for `timeout=` seconds; repeated every second while that lasts.
  case idle
  /// From the supervisor, with the mounted descriptor.
  case serve
}

/// One end of the packets between supervisor and worker. The supervisor takes nothing from it on trust.
package final class WorkerChannel: Sendable {
  private static let maximumTextSize = 8192

  /// The descriptor, to wait on.
  package let number: Int32

  /// Whether this side is closed by `close()` already.
  private let isClosed = Atomic(false)

  /// Takes over a connected socket, which is closed with the last reference: a remaining reference must not refer to another file
  /// with the same number.
  init(_ number: Int32) { self.number = number }

  deinit { close() }

  /// Closes this process's copy of this side, which is no longer used.
  package func close() {
    if !isClosed.exchange(true, ordering: .relaxed) { Glibc.close(number) }
  }

  /// Ends the conversation for both sides, in all processes and threads; later messages are lost.
  package func shutDown() { shutdown(number, Int32(SHUT_RDWR)) }

  package static func pair() throws(ProgramError) -> (WorkerChannel, WorkerChannel) {
    var first: Int32 = -1
    var second: Int32 = -1
    let result = unsafe clinux_socket_pair(&first, &second)
    guard result == 0 else {
      throw ProgramError("cannot create a socket: \(systemMessage(-result))", .failure)
    }
    return (WorkerChannel(first), WorkerChannel(second))
  }

  /// Sends a message; false if the other end is gone or, unless `waits`, if it does not keep up.
  @discardableResult
  package func send(
    _ message: WorkerMessage, passing descriptor: Int32 = -1, waits: Bool = true
  ) -> Bool {
    let bytes = Self.encode(message)
    let sent = unsafe bytes.withUnsafeBytes {
      unsafe clinux_send(number, $0.baseAddress, $0.count, descriptor, waits ? 1 : 0)
    }
    return sent == bytes.count
  }

  /// The next message; nil when the other end is gone or talks nonsense. Descriptors are dropped.
  package func receive() -> WorkerMessage? {
    let bytes = unsafe receiveBytes { buffer in
      unsafe clinux_receive(number, buffer.baseAddress, buffer.count, nil)
    }
    return Self.decode(bytes)
  }

  /// The worker's side: waits for the mounted descriptor; nil if the supervisor has stopped.
  func receiveDescriptor() -> OwnedDescriptor? {
    var descriptor: Int32 = -1
    let bytes = unsafe receiveBytes { buffer in
      unsafe clinux_receive(number, buffer.baseAddress, buffer.count, &descriptor)
    }
    guard descriptor >= 0 else { return nil }
    guard Self.decode(bytes) == .serve else {
      Glibc.close(descriptor)
      return nil
    }
    return OwnedDescriptor(descriptor)
  }

  private func receiveBytes(_ receive: (UnsafeMutableRawBufferPointer) -> Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.maximumTextSize + 2)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe receive($0) }
    return Array(bytes.prefix(max(0, count)))
  }

  static func encode(_ message: WorkerMessage) -> [UInt8] {
    switch message {
    case .log(let level, let text): [0, level.rawValue] + text.utf8.prefix(maximumTextSize)
    case .prepared(let text): [1, 0] + text.utf8.prefix(maximumTextSize)
    case .failed(let failure):
      [2, UInt8(failure.status.rawValue)] + failure.message.utf8.prefix(maximumTextSize)
    case .idle: [3, 0]
    case .serve: [4, 0]
    }
  }

  static func decode(_ bytes: [UInt8]) -> WorkerMessage? {
    guard bytes.count >= 2 else { return nil }
    let text = String(decoding: bytes[2...], as: UTF8.self)
    switch bytes[0] {
    case 0: return Log.Level(rawValue: bytes[1]).map { .log($0, text) }
    case 1: return .prepared(text)
    case 2:
      return ExitStatus(rawValue: Int32(bytes[1])).flatMap { code in
        code == .success ? nil : .failed(ProgramError(text, code))
      }
    case 3: return .idle
    case 4: return .serve
    default: return nil
    }
  }
}
