internal import Firmware
package import FirmwareAccess
internal import JFFS2
internal import Storage

extension MountOptions {
  /// Takes one option, unescaped, from after `-o`. With `isSloppy` unknown options are passed over, as
  /// mount(8)'s `-s` wants it.
  package mutating func apply(_ option: String, isSloppy: Bool = false) throws(ProgramError) {
    let equals = option.firstIndex(of: "=")
    let name = String(option[..<(equals ?? option.endIndex)])
    let value = equals.map { String(option[option.index(after: $0)...]) }
    if let known = Self.table.first(where: { $0.name == name }) {
      try apply(known, value: value)
    } else if value != "", Self.passedToLibfuse.contains(value == nil ? name : name + "=") {
      if !libfuse.contains(option) { libfuse.append(option) }
    } else if Self.isForMount(name: name, hasValue: value != nil) {
      mountFlags.insert(option)
    } else if option != Self.subtype, !isSloppy {
      throw ProgramError(Self.complaint(option: option, name: name), .usage)
    }
  }

  private mutating func apply(_ known: OptionDefinition, value: String?) throws(ProgramError) {
    switch known.action {
    case .flag(let set):
      guard value == nil else {
        throw ProgramError("-o \(known.name) takes no value", .usage)
      }
      set(&self)
    case .value(let expected, let set):
      guard let value, !value.isEmpty else {
        throw ProgramError("-o \(known.name) needs a value: \(expected)", .usage)
      }
      guard set(&self, value) else {
        throw ProgramError("-o \(known.name)=\(value): not \(expected)", .usage)
      }
    }
  }

  struct OptionDefinition: Sendable {
    enum Action: Sendable {
      case flag(@Sendable (inout MountOptions) -> Void)
      /// The expected format of a value, and its setter, which returns false for an invalid value.
      case value(String, @Sendable (inout MountOptions, String) -> Bool)
    }
    let name: String
    let action: Action
  }

  static let table: [OptionDefinition] = [
    size("offset", "a size such as 0x40000 or 256k") { $0.offset = $1 },
    size("image_offset", "a size such as 0x40000 or 256k") { $0.offset = $1 },
    size("length", "a size such as 3M") { $0.length = $1 },
    text("mtdparts", "partitions such as mtdparts=flash:256k(boot),-(home), or @FILE") {
      $0.mtdparts = $1
    },
    text("partition", "a partition's name, number or offset") { $0.partition = $1 },
    text("member", "a file's name inside the archive") { $0.member = $1 },
    OptionDefinition(
      name: "oob",
      action: .value("page and spare size such as 2048+64") { options, value in
        options.spareArea = NANDPageLayout(parsing: value)
        return options.spareArea != nil
      }),
    OptionDefinition(
      name: "endian",
      action: .value("little or big") { options, value in
        options.endianness = Endianness(named: value)
        return options.endianness != nil
      }),
    OptionDefinition(
      name: "erase_size",
      action: .value("a size such as 64k, at least 4k and a multiple of 4") { options, value in
        guard let size = ByteSize.parse(value), size.isMultiple(of: 4), 4096...1 << 31 ~= size
        else { return false }
        options.eraseSize = size
        return true
      }),
    account(
      "uid", expecting: "a user of this system, or a number such as 1000", AccountNames.user
    ) {
      $0.userID = $1
    },
    account(
      "gid", expecting: "a group of this system, or a number such as 1000", AccountNames.group
    ) {
      $0.groupID = $1
    },
    OptionDefinition(name: "readable", action: .flag { $0.readable = true }),
    number("umask", "an octal number such as 022", radix: 8, most: 0o777) { $0.umask = $1 },
    OptionDefinition(
      name: "damaged",
      action: .value("error or zero") { options, value in
        guard let damaged = Volume.DamagePolicy(rawValue: value) else { return false }
        options.damaged = damaged
        return true
      }),
    OptionDefinition(name: "history", action: .flag { $0.history = true }),
    OptionDefinition(name: "partitions", action: .flag { $0.partitions = true }),
    number("timeout", "seconds, 0 for never", radix: 10, most: 1 << 30) {
      $0.timeout = $1 == 0 ? nil : $1
    },
    number("drain", "seconds", radix: 10, most: 1 << 30) { $0.drain = $1 },
    size("max_unpacked", "a size such as 2G") { $0.maxUnpacked = $1 },
    number("notify_fd", "an open descriptor's number", radix: 10, most: 1 << 20) {
      $0.notifyDescriptor = Int32($1)
    },
    OptionDefinition(
      name: "sandbox",
      action: .value("yes or no") { options, value in
        guard value == "yes" || value == "no" else { return false }
        options.sandbox = value == "yes"
        return true
      }),
    OptionDefinition(name: "nonempty", action: .flag { $0.nonempty = true }),
    OptionDefinition(
      name: "debug",
      action: .flag {
        $0.debug = true
        $0.foreground = true
      }),
    OptionDefinition(name: "clone_fd", action: .flag { $0.cloneDescriptor = true }),
    number("max_threads", "a number such as 10", radix: 10, most: 10_000) { $0.maxThreads = $1 },
    number("max_idle_threads", "a number such as 10", radix: 10, most: 10_000) {
      $0.maxIdleThreads = $1
    },
  ]

  private static func size(
    _ name: String, _ expected: String, _ set: @escaping @Sendable (inout Self, UInt64) -> Void
  ) -> OptionDefinition {
    OptionDefinition(
      name: name,
      action: .value(expected) { options, value in
        guard let size = ByteSize.parse(value), size <= UInt64(Int64.max) else { return false }
        set(&options, size)
        return true
      })
  }

  private static func number(
    _ name: String, _ expected: String, radix: Int, most: UInt32,
    _ set: @escaping @Sendable (inout Self, UInt32) -> Void
  ) -> OptionDefinition {
    OptionDefinition(
      name: name,
      action: .value(expected) { options, value in
        guard let number = ByteSize.number(value, radix: radix), number <= most else {
          return false
        }
        set(&options, UInt32(number))
        return true
      })
  }

  private static func account(
    _ name: String, expecting expected: String, _ find: @escaping @Sendable (String) -> UInt32?,
    _ set: @escaping @Sendable (inout Self, UInt32) -> Void
  ) -> OptionDefinition {
    OptionDefinition(
      name: name,
      action: .value(expected) { options, value in
        let number = ByteSize.number(value, radix: 10)
        // The last number means no user.
        let id = number.map { $0 < UInt32.max ? UInt32($0) : nil } ?? find(value)
        guard let id else { return false }
        set(&options, id)
        return true
      })
  }

  private static func text(
    _ name: String, _ expected: String, _ set: @escaping @Sendable (inout Self, String) -> Void
  ) -> OptionDefinition {
    OptionDefinition(
      name: name,
      action: .value(expected) { options, value in
        set(&options, value)
        return true
      })
  }
}
