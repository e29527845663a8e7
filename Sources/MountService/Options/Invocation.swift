package import FirmwareAccess
internal import Support
package import SystemPackage

/// The request of the command line.
package enum Invocation: Equatable, Sendable {
  case help
  /// The same for the caller of the mount(8) helper.
  case helperHelp
  case version
  /// Write what a shell reads in order to complete the arguments.
  case completion(CompletionScript)
  /// Write the values that complete an option; nil for none.
  case candidates(ValueCandidates?)
  case unmount(mountpoint: FilePath)
  /// Unmount it if its program is gone; no mountpoint: all such under XDG_RUNTIME_DIR.
  case clearStale(mountpoint: FilePath?)
  /// Look for reasons why a mount could fail, at this place if one is named.
  case doctor(mountpoint: FilePath?)
  /// No mountpoint: one under XDG_RUNTIME_DIR.
  case mount(firmware: FilePath, mountpoint: FilePath?, MountOptions)
  /// mount(8)'s `-f`: everything was right, and nothing is to be done.
  case dryRun(firmware: FilePath, MountOptions)
}

extension Invocation {
  /// Reads a command line as libfuse's programs do, or as mount(8)'s helper `mount.jffs2fuse`.
  ///
  /// `program` is the name it was called by, with or without directories; `arguments` what follows, as bytes: a path
  /// need not be UTF-8.
  package init(program: String, arguments: [[UInt8]]) throws(ProgramError) {
    var parser = InvocationParser(
      isMountHelper: program.split(separator: "/").last?.hasPrefix("mount.") ?? false,
      arguments: arguments)
    self = try parser.parse()
  }
}

private struct InvocationParser {
  let isMountHelper: Bool
  var arguments: ArraySlice<[UInt8]>

  var options = MountOptions()
  var positional: [[UInt8]] = []
  var optionTexts: [String] = []
  var isSloppy = false
  var isDryRun = false
  var requested: Invocation?
  var wantsUnmount = false
  var onlyStale = false
  var wantsDoctor = false

  init(isMountHelper: Bool, arguments: [[UInt8]]) {
    self.isMountHelper = isMountHelper
    self.arguments = arguments[...]
  }

  mutating func parse() throws(ProgramError) -> Invocation {
    while let argument = arguments.popFirst() {
      let text = String(decoding: argument, as: UTF8.self)
      if text == "--" {
        positional += arguments
        break
      } else if text.hasPrefix("--") {
        try takeLong(text)
      } else if text.hasPrefix("-"), text != "-" {
        try takeShort(text)
      } else {
        positional.append(argument)
      }
    }
    if let requested { return requested }
    for text in optionTexts {
      for option in OptionText.split(text) { try options.apply(option, isSloppy: isSloppy) }
    }
    guard !wantsDoctor || !wantsUnmount else {
      throw ProgramError("--doctor and --unmount cannot be combined", .usage)
    }
    if wantsDoctor { return try doctor() }
    return wantsUnmount ? try unmount() : try mount()
  }

  private mutating func takeLong(_ text: String) throws(ProgramError) {
    switch text {
    case "--help": requested = requested ?? (isMountHelper ? .helperHelp : .help)
    case "--version": requested = requested ?? .version
    case "--debug": try options.apply("debug")
    case "--unmount": wantsUnmount = true
    case "--stale": onlyStale = true
    case "--doctor": wantsDoctor = true
    case "--generate-completion-script":
      let script = try shell()
      requested = requested ?? .completion(script)
    case "--complete":
      requested = try candidates()
      arguments = []
    default: throw ProgramError(unknown(text), .usage)
    }
  }

  /// The message about an unknown long option, with what is right.
  private func unknown(_ text: String) -> String {
    let parts = text.dropFirst(2).split(
      separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let next = arguments.first.map { String(decoding: $0, as: UTF8.self) }
    let value = parts.count == 2 ? String(parts[1]) : next.flatMap { $0.hasPrefix("-") ? nil : $0 }
    if let option = MountOptions.mountOption(for: parts[0], value: value) {
      return "unknown option --\(parts[0]); use \(option)"
    }
    let names = HelpText.options.flatMap(\.flags).filter { $0.hasPrefix("--") }
    let nearest =
      names.nearest(to: "--\(parts[0])")
      ?? MountOptions.closest(to: String(parts[0].replacing("-", with: "_")))
      .flatMap { MountOptions.mountOption(for: $0[...], value: value) }
    let hint = nearest.map { "did you mean \($0)?" } ?? "see jffs2fuse --help"
    return "unknown option --\(parts[0]); \(hint)"
  }

  /// `--complete OPTION WORD...`, which the completion scripts use.
  private func candidates() throws(ProgramError) -> Invocation {
    let words = arguments.map { String(decoding: $0, as: UTF8.self) }
    guard let option = words.first.flatMap(ValueCandidates.Option.init) else {
      throw ProgramError("--complete needs partition or member, and a command line", .usage)
    }
    return .candidates(ValueCandidates(option, commandLine: Array(words.dropFirst())))
  }

  private mutating func shell() throws(ProgramError) -> CompletionScript {
    guard let next = arguments.popFirst(),
      let script = CompletionScript(rawValue: String(decoding: next, as: UTF8.self))
    else {
      throw ProgramError("--generate-completion-script needs a shell: bash, zsh or fish", .usage)
    }
    return script
  }

  private mutating func takeShort(_ text: String) throws(ProgramError) {
    var letters = text.dropFirst()
    while let letter = letters.popFirst() {
      switch letter {
      case "o":
        optionTexts.append(try value(of: "-o", attached: letters))
        return
      case "t" where isMountHelper:
        _ = try value(of: "-t", attached: letters)
        return
      case "f" where isMountHelper: isDryRun = true
      case "s" where isMountHelper: isSloppy = true
      case "n" where isMountHelper, "v" where isMountHelper, "r" where isMountHelper,
        "w" where isMountHelper:
        break
      case "f": options.foreground = true
      case "d": try options.apply("debug")
      case "s": options.singleThreaded = true
      case "h": requested = requested ?? (isMountHelper ? .helperHelp : .help)
      case "V": requested = requested ?? .version
      default: throw ProgramError("unknown option -\(letter); see jffs2fuse --help", .usage)
      }
    }
  }

  private mutating func value(
    of option: String, attached: Substring
  ) throws(ProgramError) -> String {
    if !attached.isEmpty { return String(attached) }
    guard let next = arguments.popFirst() else {
      throw ProgramError("\(option) needs a value; see jffs2fuse --help", .usage)
    }
    return String(decoding: next, as: UTF8.self)
  }

  private func doctor() throws(ProgramError) -> Invocation {
    guard positional.count < 2 else {
      throw ProgramError("give at most one mountpoint: jffs2fuse --doctor [MOUNTPOINT]", .usage)
    }
    return .doctor(mountpoint: positional.first.map(path))
  }

  private func unmount() throws(ProgramError) -> Invocation {
    if onlyStale, positional.isEmpty { return .clearStale(mountpoint: nil) }
    guard positional.count == 1, !positional[0].isEmpty else {
      throw ProgramError("give one mountpoint: jffs2fuse --unmount MOUNTPOINT", .usage)
    }
    let mountpoint = path(positional[0])
    return onlyStale ? .clearStale(mountpoint: mountpoint) : .unmount(mountpoint: mountpoint)
  }

  private func mount() throws(ProgramError) -> Invocation {
    guard !onlyStale else {
      throw ProgramError("--stale requires --unmount; see jffs2fuse --help", .usage)
    }
    guard let firmware = positional.first else {
      throw ProgramError(
        "give the firmware: jffs2fuse FIRMWARE [MOUNTPOINT]; see jffs2fuse --help", .usage)
    }
    guard !firmware.isEmpty else {
      throw ProgramError("the name of the firmware is empty", .usage)
    }
    guard positional.count <= 2 else {
      let extra = String(decoding: positional[2], as: UTF8.self)
      throw ProgramError(
        "\(extra): too many arguments; quote names that contain spaces", .usage)
    }
    guard positional.count < 2 || !positional[1].isEmpty else {
      throw ProgramError("the name of the mountpoint is empty", .usage)
    }
    guard !options.sandbox || !options.cloneDescriptor else {
      throw ProgramError(
        "-o clone_fd: not available in the sandbox; use -o sandbox=no", .usage)
    }
    guard !options.libfuse.contains("allow_other") || !options.libfuse.contains("allow_root") else {
      throw ProgramError(
        "-o allow_other,allow_root: use only one; allow_other includes root", .usage)
    }
    if isDryRun { return .dryRun(firmware: path(firmware), options) }
    return .mount(
      firmware: path(firmware), mountpoint: positional.count == 2 ? path(positional[1]) : nil,
      options)
  }

  private func path(_ bytes: [UInt8]) -> FilePath {
    // An argument of a program holds no zero byte.
    let platform = bytes.prefix { $0 != 0 }.map(CInterop.PlatformChar.init(bitPattern:)) + [0]
    return FilePath(platformString: platform)
  }
}
