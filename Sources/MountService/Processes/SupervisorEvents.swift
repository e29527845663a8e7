import CLinux
import Glibc

/// The events that the supervisor waits for, one at a time; it has no threads.
package struct SupervisorEvents: ~Copyable {
  package enum Event: Equatable {
    case message(WorkerMessage)
    /// The channel has ended: the worker closes it only by ending itself.
    case workerGone
    case signal
    /// The command that started this process ended before the mount was ready.
    case launcherGone
    /// The probe of the mountpoint has answered with this errno.
    case probe(Int32)
    case deadline
  }

  let channel: WorkerChannel
  let signals: OwnedDescriptor
  /// The launcher's pipe until readiness, else -1.
  var launcher: Int32
  /// The probe's pipe while it runs, else -1.
  var probe: Int32 = -1

  package init(channel: WorkerChannel, signals: consuming OwnedDescriptor, launcher: Int32 = -1) {
    self.channel = channel
    self.signals = signals
    self.launcher = launcher
  }

  /// The next event; `deadline` is on `MonotonicClock.now`.
  ///
  /// Signals and the deadline come first: a worker that is in the hands of an attacker may have something to say at any time.
  package func next(until deadline: Int64? = nil) -> Event {
    while true {
      let rest = deadline.map { Int32(clamping: max(0, $0 - MonotonicClock.now)) } ?? -1
      let ready = clinux_poll(channel.number, signals.number, launcher, probe, rest)
      if ready & 2 != 0 {
        if clinux_next_signal(signals.number) != 0 { return .signal }
      } else if let deadline, MonotonicClock.now >= deadline {
        return .deadline
      } else if ready & 1 != 0 {
        return channel.receive().map(Event.message) ?? .workerGone
      } else if ready & 8 != 0 {
        var answer: UInt8 = 0
        return .probe(unsafe read(probe, &answer, 1) == 1 ? Int32(answer) : EIO)
      } else if ready & 4 != 0 {
        return .launcherGone
      }
    }
  }
}
