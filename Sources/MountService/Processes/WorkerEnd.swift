import Glibc

/// How the worker's process ended.
enum WorkerEnd: Equatable {
  case exited(Int32)
  case killed(Int32)
  /// The system does not say: another caller has waited for the process.
  case unknown(errno: Int32)

  /// - Parameters:
  ///   - waitResult: What `clinux_wait` returned, not 0.
  ///   - status: What it stored.
  init(waitResult: Int32, _ status: Int32) {
    self =
      if waitResult < 0 {
        .unknown(errno: -waitResult)
      } else {
        status < 0 ? .killed(-status) : .exited(status)
      }
  }
}

extension WorkerEnd: CustomStringConvertible {
  var description: String {
    switch self {
    case .exited(let code): "exit code \(code)"
    case .killed(SIGSYS): "signal \(SIGSYS): forbidden by the sandbox"
    case .killed(let signal): "signal \(signal)"
    case .unknown(let errno): systemMessage(errno)
    }
  }
}
