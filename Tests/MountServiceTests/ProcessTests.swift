import CLinux
import Glibc
import Sandbox
import SystemPackage
import Testing

/// The program `mount-fixture`, which is beside the tests, as a child process. It mounts with root's rights.
@Suite(.serialized, .enabled(if: geteuid() == 0 && access("/dev/fuse", R_OK) == 0))
final class `Supervisor and worker` {
  private let folder: String

  init() {
    var template = Array("/tmp/mount-test-XXXXXX".utf8CString)
    mkdtemp(&template)
    folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    mkdir(folder + "/m", 0o700)
  }

  deinit {
    umount2(folder + "/m", Int32(MNT_DETACH))
    shell("rm -rf \(folder)")
  }

  /// Runs a shell line with `$F` the program, `fw` a firmware that says `behaviour`, and `up` to wait for the mount; its exit code.
  @discardableResult
  private func run(_ behaviour: String, _ line: String) -> Int32 {
    shell(
      """
      cd \(folder) && echo \(behaviour) >fw && F=$(dirname $(readlink /proc/\(getpid())/exe))/mount-fixture
      [ -x $F ] || F=$(dirname $F)/../debug/mount-fixture
      export SWIFT_BACKTRACE=enable=no
      up() { until grep -q "; mounted at " err; do sleep .05; done; }
      exec 2>err; \(line)
      """)
  }

  @discardableResult
  private func shell(_ line: String) -> Int32 {
    let words: [String] = ["timeout", "20", "bash", "-c", line]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    defer { for argument in arguments { free(argument) } }
    return clinux_run(&arguments, 0)
  }

  @Test(arguments: [("fail", 1, "no JFFS2 here"), ("crash", 2, "signal 9")])
  func `an error before readiness is reported and gives the command's code`(
    behaviour: String, code: Int, text: String
  ) {
    #expect(run(behaviour, "$F fw m; c=$?; grep -q '\(text)' err || exit 99; exit $c") == code)
    #expect(run(behaviour, "$F fw m -f") == code)
  }

  @Test func `the command returns when the mount answers`() {
    #expect(run("serve", "$F fw m && [ $(stat -c %i m) = 1 ] && $F --unmount m") == 0)
  }

  @Test(arguments: ["yes", "no"])
  func `threads of the worker wait for each other and continue`(sandbox: String) {
    #expect(run("share", "timeout 5 $F fw m -o sandbox=\(sandbox) && $F --unmount m") == 0)
    #expect(
      run("share", "timeout 5 $F fw m -f -o sandbox=\(sandbox) & p=$!; up; kill $p; wait $p") == 0)
  }

  @Test func `a signal to the command while it reads ends both processes`() {
    #expect(
      run(
        "hang",
        """
        $F $PWD/fw $PWD/m & p=$!; sleep .3; kill -INT $p; wait $p; c=$?
        for i in {1..50}; do pgrep -f "mount-fixture $PWD/fw" >/dev/null || exit $c; sleep .1; done; exit 99
        """) == 2)
  }

  @Test func `a worker that talks without end does not keep a signal off`() {
    #expect(run("flood", "$F fw m & p=$!; sleep .3; kill -INT $p; wait $p") == 2)
  }

  @Test func `what nohup has ignored does not end the mount`() {
    let line =
      "trap '' HUP; $F fw m -f & p=$!; up; kill -HUP $p; sleep .5; mountpoint -q m || exit 99; "
    #expect(run("serve", line + "kill $p; wait $p") == 0)
  }

  @Test func `too few descriptors are reported and leave no directory`() {
    #expect(
      run(
        "serve",
        """
        for n in {3..30}; do
          (ulimit -n $n; XDG_RUNTIME_DIR=$PWD exec timeout -s KILL 10 $F fw) >out 2>said; c=$?
          case $c in
          0) $F --unmount "$(cat out)"; exit ;;
          1|2|32) [ -s said ] || exit 98; [ ! -e jffs2fuse ] || exit 97 ;;
          127) ;;
          *) exit 96 ;;
          esac
        done; exit 95
        """) == 0)
  }

  @Test(.enabled(if: SandboxPolicy.isSupported, "a sanitizer needs a thread of its own"))
  func `without a thread to serve by it says so`() {
    #expect(
      run("serve", "ulimit -s 200000000000; exec timeout -s KILL 5 $F fw m -f -o sandbox=no") == 2)
  }

  @Test(arguments: ["kill -TERM $p", "kill -INT $p", "kill -HUP $p", "umount m"])
  func `an asked-for end is a success and leaves nothing`(end: String) {
    #expect(run("serve", "$F fw m -f & p=$!; up; \(end); wait $p") == 0)
    #expect(run("serve", "grep -q \(folder) /proc/self/mountinfo") == 1)
  }

  @Test func `a busy mount ends after the drain`() {
    #expect(
      run(
        "serve",
        "$F fw m -f -o drain=1 & p=$!; up; (cd m; exec sleep 5) & sleep .1; kill $p; wait $p"
      ) == 0)
  }

  /// The effect of the sandbox on each attempt, as exit code and output of the command.
  private static let attempts = [
    ("open", 1, "outcome 1$"), ("device", 1, "outcome 1$"), ("socket", 1, "outcome 1$"),
    ("exec", 2, "signal 31"), ("fork", 2, "signal 31"), ("ptrace", 2, "signal 31"),
    ("kill", 2, "signal 31"),
  ]

  @Test(.enabled(if: SandboxPolicy.isSupported), arguments: attempts)
  func `the worker cannot reach anything outside`(attempt: String, code: Int, text: String) {
    #expect(
      run("try \(attempt)", "$F fw m; c=$?; cat err >&2; grep -q '\(text)' err || exit 99; exit $c")
        == code)
  }

  /// Else the refusals above would say nothing.
  @Test(arguments: attempts.map(\.0))
  func `without the sandbox it could`(attempt: String) {
    // The program that takes its place succeeds; it is the launcher that a signal would end.
    let line =
      switch attempt {
      case "exec": "$F fw m -f -o sandbox=no"
      case "kill": "(trap 'exit 0' TERM; $F fw m -f -o sandbox=no; exit 1)"
      default: "$F fw m -f -o sandbox=no; grep -q 'outcome 0$' err"
      }
    #expect(run("try \(attempt)", line) == 0)
  }

  @Test func `a killed worker leaves no dead mount`() {
    #expect(run("serve", "$F fw m -f & p=$!; up; kill -9 $(pgrep -P $p); wait $p") == 2)
    #expect(run("serve", "grep -q \(folder) /proc/self/mountinfo") == 1)
  }

  @Test func `a stale mount is refused and can be cleared`() {
    let leave = "$F fw m -f & p=$!; up; w=$(pgrep -P $p); kill -9 $p; kill -9 $w; sleep .2; "
    #expect(run("serve", leave + "$F fw m; [ $? = 32 ] && $F --unmount m") == 0)
  }

  @Test func `an unused mount goes after its timeout`() {
    #expect(run("serve", "$F fw m -f -o timeout=1") == 0)
  }

  @Test func `one process serves as well`() {
    #expect(run("serve", "$F fw m -f -o sandbox=no & p=$!; up; kill $p; wait $p") == 0)
  }

  @Test func `readiness is written to the descriptor`() {
    #expect(
      run("serve", "$F fw m -o notify_fd=7 7>ready; $F --unmount m; grep -qx READY=1 ready") == 0)
  }

  @Test func `readiness is written to a standard stream too`() {
    #expect(
      run("serve", "$F fw m -o notify_fd=1 >ready; $F --unmount m; grep -qx READY=1 ready") == 0)
  }

  /// Shell lines that let an ordinary user run the fixture; root's are empty.
  private static let users = [
    "",
    "cp $F f; chmod 755 . f; chown nobody . m; F='setpriv --reuid=65534 --regid=65534 --clear-groups ./f';",
  ]

  /// Waits until no fixture runs here and nothing is mounted, and ends with `$c`.
  private static let nothingLeft = """
    for i in {1..50}; do pgrep -f "$PWD/fw" >left || grep $PWD /proc/self/mountinfo >left || exit $c; sleep .1; done
    exit 99
    """

  /// A request that was taken cannot be interrupted: who asks ends with the worker only.
  @Test(
    arguments: users, [("", "TERM"), ("", "INT"), ("-f", "TERM"), ("-f -o sandbox=no", "TERM")])
  func `a worker that takes the first request and never answers does not keep a signal off`(
    user: String, way: (options: String, signal: String)
  ) {
    #expect(
      run(
        "answer 0",
        """
        \(user) $F $PWD/fw $PWD/m \(way.options) & p=$!
        until grep -q $PWD/m /proc/self/mountinfo; do sleep .05; done; sleep .5
        kill -\(way.signal) $p; wait $p; c=$?; \(Self.nothingLeft)
        """) == 2)
  }

  @Test(arguments: users, ["", "-f", "-f -o sandbox=no"])
  func `a mount that never answers is given up after a time`(user: String, options: String) {
    #expect(
      run(
        "answer 0",
        """
        export ANSWER_TIME=1; \(user) $F $PWD/fw $PWD/m \(options); c=$?
        grep -q "$PWD/m: the mount does not respond (1 s)" err || exit 90; \(Self.nothingLeft)
        """) == 32)
  }

  /// The one that asks can neither be killed nor waited for.
  @Test(arguments: users)
  func `an unanswered request does not block other users of the mount`(user: String) {
    #expect(
      run(
        "answer 1",
        """
        \(user) $F $PWD/fw $PWD/m || exit 90
        timeout -s KILL 8 $F --doctor $PWD/m | grep -q "note     $PWD/m: its program does not respond" || exit 91
        timeout -s KILL 8 $F $PWD/fw $PWD/m; [ $? = 32 ] || exit 92
        timeout -s KILL 8 $F --unmount $PWD/m; [ $? = 32 ] || exit 93
        pkill -f -o "$PWD/fw"; sleep .5; pkill -f -o "$PWD/fw"; c=0; \(Self.nothingLeft)
        """) == 0)
  }

  @Test(.enabled(if: SandboxPolicy.isSupported), arguments: ["", "-f"])
  func `a worker has no terminal, from the start`(options: String) {
    #expect(
      run(
        "hang",
        """
        $F $PWD/fw $PWD/m \(options) </dev/zero >/dev/zero & p=$!; c=90
        for i in {1..50}; do
          w=$(pgrep -nf "$PWD/fw"); streams=$(readlink /proc/$w/fd/{0,1,2} | sort -u)
          [ "$streams" = /dev/null ] && c=0 && break; sleep .1
        done
        kill $p; wait $p; \(Self.nothingLeft)
        """) == 0)
  }
}
