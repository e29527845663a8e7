import FirmwareAccess
import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import MountService

@Suite struct `The end of a worker` {
  @Test func `leaves the descriptor of its channel to those who still hold it`() throws {
    let (near, far) = try WorkerChannel.pair()
    far.shutDown()
    // Another file must not get the number while a thread may send.
    let (other, another) = try WorkerChannel.pair()
    #expect(![other.number, another.number].contains(far.number))
    #expect(!far.send(.idle))
    #expect(near.receive() == nil)
    withExtendedLifetime((other, another)) {}
  }

  @Test func `closes the channel once`() throws {
    let number: Int32
    do {
      let (near, far) = try WorkerChannel.pair()
      number = far.number
      far.close()
      #expect(near.receive() == nil)
      #expect(fcntl(number, F_GETFD) == -1)
    }
  }

  @Test(arguments: [
    (1, 0, WorkerEnd.exited(0)), (1, 3, .exited(3)), (1, -SIGKILL, .killed(SIGKILL)),
    (-ECHILD, 0, .unknown(errno: ECHILD)),
  ])
  func `is unknown if the system does not say how it ended`(
    result: Int32, status: Int32, end: WorkerEnd
  ) {
    #expect(WorkerEnd(waitResult: result, status) == end)
  }

  /// A mounter of nothing, whose mount is already unmounted.
  private struct NoMounter: Mounter {
    func mount(
      at mountpoint: FilePath, source: FilePath?, options: [String]
    ) throws(ProgramError) -> Int32 { open("/dev/null", O_RDONLY | O_CLOEXEC) }
    func state() -> MountState { .gone }
    func currentMountpoint() -> FilePath? { nil }
    func unmount(lazy: Bool) -> UnmountResult { .done }
    func unmountDead() -> UnmountResult? { nil }
  }

  @Test(arguments: [(false, FirmwareAccess.ExitStatus.success), (true, .failure)])
  func `is not a success if another caller has waited for it`(
    isWaited: Bool, status: FirmwareAccess.ExitStatus
  ) throws {
    let (near, far) = try WorkerChannel.pair()
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    var options = MountOptions()
    options.foreground = true
    let lines = Mutex<[String]>([])
    far.send(.prepared("nothing"))
    let supervisor = Supervisor(
      events: SupervisorEvents(channel: near, signals: OwnedDescriptor(ends[0])),
      mounter: NoMounter(),
      // No child of this process has that number; without a number there is nothing to wait for.
      worker: isWaited ? Int32.max : nil,
      firmware: try FirmwareFile(opening: "/proc/self/exe", maxUnpacked: 0),
      source: nil, mountpoint: Mountpoint(path: "/", isManaged: false), options: options,
      log: Log(
        .function { _, text in
          lines.withLock { $0.append(text) }
          if text.contains("; mounted at") { far.shutDownSending() }
        }),
      readiness: Readiness(
        launcher: -1, notifyDescriptor: -1, manager: ServiceManager(address: nil)),
      responseTimeout: 20)
    #expect(supervisor.run() == status.code)
    #expect(lines.withLock { $0.contains { $0.contains("No child processes") } } == isWaited)
    close(ends[1])
    withExtendedLifetime(far) {}
  }
}

extension WorkerChannel {
  /// Ends the data for the other side; messages from it can still be received.
  fileprivate func shutDownSending() { shutdown(number, Int32(SHUT_WR)) }
}
