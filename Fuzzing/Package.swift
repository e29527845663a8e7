// swift-tools-version: 6.3
import PackageDescription

// The product's own sources, by a link: a separate package could not see their `package` symbols, and the main build
// is to know nothing of the fuzzers' flags.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
  .enableExperimentalFeature("SafeInteropWrappers"),
]

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

func library(_ name: String, pkgConfig: String) -> Target {
  .systemLibrary(name: name, path: "Product/Sources/\(name)", pkgConfig: pkgConfig)
}

func product(_ name: String, _ dependencies: [Target.Dependency], in folder: String = "Sources")
  -> Target
{
  .target(
    name: name, dependencies: dependencies, path: "Product/\(folder)/\(name)",
    swiftSettings: settings)
}

func fuzzer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: ["CFuzzer", "FuzzSupport"] + dependencies, swiftSettings: settings)
}

let package = Package(
  name: "Fuzzing",
  dependencies: [.package(url: "https://github.com/apple/swift-system", from: "1.8.1")],
  targets: [
    library("LibFUSE", pkgConfig: "fuse3"),
    .target(name: "CFUSE", dependencies: ["LibFUSE"], path: "Product/Sources/CFUSE"),
    library("LibZ", pkgConfig: "zlib"),
    library("LibDeflate", pkgConfig: "libdeflate"),
    library("LibLZMA", pkgConfig: "liblzma"),
    .target(
      name: "CCompression", dependencies: ["LibDeflate", "LibLZMA", "LibZ"],
      path: "Product/Sources/CCompression"),
    library("LibArchive", pkgConfig: "libarchive"),
    .target(
      name: "CArchive", dependencies: ["LibArchive", "LibLZMA", "LibZ"],
      path: "Product/Sources/CArchive"),
    .target(name: "CLinux", path: "Product/Sources/CLinux"),
    .target(name: "CStorage", path: "Product/Sources/CStorage"),
    product("Support", []),
    product("Storage", ["Support", "CStorage", system]),
    product("JFFS2", ["Storage", "Support", "CCompression", system]),
    product("Firmware", ["Storage", "Support", "JFFS2", "CArchive"]),
    product("FUSE", ["CFUSE", system]),
    product("Sandbox", ["CLinux", system]),
    product("FirmwareAccess", ["Storage", "JFFS2", "Firmware", "Sandbox", system]),
    product(
      "MountService",
      [
        "Storage", "Support", "JFFS2", "Firmware", "FirmwareAccess", "FUSE", "Sandbox", "CLinux",
        system,
      ]),
    product(
      "TestSupport",
      ["Storage", "Support", "JFFS2", "Sandbox", "LibLZMA", "LibZ", system],
      in: "Tests"),
    .target(name: "CFuzzer"),
    .target(
      name: "FuzzSupport", dependencies: ["Storage", "CStorage", system], swiftSettings: settings),
    fuzzer("fuzz-canary", []),
    fuzzer("fuzz-volume", ["JFFS2", "Storage", "TestSupport"]),
    fuzzer("fuzz-codecs", ["JFFS2", "TestSupport"]),
    fuzzer("fuzz-firmware", ["Firmware", "JFFS2", "Storage", "TestSupport"]),
    fuzzer("fuzz-options", ["MountService", "Firmware", "FirmwareAccess", "FUSE"]),
  ]
)
