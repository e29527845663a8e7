extension UImage {
  /// U-Boot's name for the operating system, as `mkimage -O` takes it; nil for a number without one.
  package var operatingSystemName: String? { Self.name(operatingSystem, Self.operatingSystems) }

  /// U-Boot's name for the architecture, as `mkimage -A` takes it; nil for a number without one.
  package var architectureName: String? { Self.name(architecture, Self.architectures) }

  /// U-Boot's name for the type, as `mkimage -T` takes it; nil for a number without one.
  package var typeName: String? { Self.name(type, Self.types) }

  /// `IH_OS_*`, from 1 on.
  private static let operatingSystems = [
    "openbsd", "netbsd", "freebsd", "4_4bsd", "linux", "svr4", "esix", "solaris", "irix", "sco",
    "dell", "ncr", "lynxos", "vxworks", "psos", "qnx", "u-boot", "rtems", "artos", "unity",
    "integrity", "ose", "plan9", "openrtos", "arm-trusted-firmware", "tee", "opensbi", "efi",
  ]

  /// `IH_ARCH_*`, from 1 on.
  private static let architectures = [
    "alpha", "arm", "x86", "ia64", "mips", "mips64", "powerpc", "s390", "sh", "sparc", "sparc64",
    "m68k", "nios", "microblaze", "nios2", "blackfin", "avr32", "st200", "sandbox", "nds32",
    "or1k", "arm64", "arc", "x86_64", "xtensa", "riscv",
  ]

  /// `IH_TYPE_*`, from 1 on.
  private static let types = [
    "standalone", "kernel", "ramdisk", "multi", "firmware", "script", "filesystem", "flat_dt",
  ]

  private static func name(_ number: UInt8, _ names: [String]) -> String? {
    1...names.count ~= Int(number) ? names[Int(number) - 1] : nil
  }
}
