// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
  .enableExperimentalFeature("SafeInteropWrappers"),
]

// Without strict memory safety, which would also apply to the expansions of the testing macros.
let testSettings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableExperimentalFeature("Lifetimes"),
  .enableExperimentalFeature("SafeInteropWrappers"),
]

// The default linker warns about an unused function in Foundation.
let quietLinker: [LinkerSetting] = [.unsafeFlags(["-use-ld=lld"])]

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "jffs2fuse",
  products: [
    .executable(name: "jffs2fuse", targets: ["jffs2fuse"]),
    .executable(name: "jffs2", targets: ["jffs2"]),
    .library(name: "JFFS2", targets: ["JFFS2"]),
    .library(name: "FUSE", targets: ["FUSE"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    .systemLibrary(name: "LibFUSE", pkgConfig: "fuse3", providers: [.apt(["libfuse3-dev"])]),
    .target(name: "CFUSE", dependencies: ["LibFUSE"]),
    .systemLibrary(name: "LibZ", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "LibDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
    .systemLibrary(name: "LibLZMA", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
    .target(name: "CCompression", dependencies: ["LibDeflate", "LibLZMA", "LibZ"]),
    .systemLibrary(
      name: "LibArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .target(name: "CArchive", dependencies: ["LibArchive", "LibLZMA", "LibZ"]),
    .target(name: "CLinux"),
    .target(name: "CStorage"),
    .target(name: "Support", swiftSettings: settings),
    .target(
      name: "Storage", dependencies: ["Support", "CStorage", system], swiftSettings: settings),
    .target(name: "Sandbox", dependencies: ["CLinux", system], swiftSettings: settings),
    .target(
      name: "JFFS2", dependencies: ["Storage", "Support", "CCompression", system],
      swiftSettings: settings),
    .target(
      name: "Firmware", dependencies: ["Storage", "Support", "JFFS2", "CArchive"],
      swiftSettings: settings),
    .target(
      name: "FirmwareAccess",
      dependencies: ["Storage", "Support", "JFFS2", "Firmware", "Sandbox", "CArchive", system],
      swiftSettings: settings),
    .target(name: "FUSE", dependencies: ["CFUSE", system], swiftSettings: settings),
    .target(
      name: "MountService",
      dependencies: [
        "Storage", "Support", "JFFS2", "Firmware", "FirmwareAccess", "FUSE", "Sandbox", "CLinux",
        system,
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "jffs2fuse", dependencies: ["MountService", "Support", "CLinux"],
      swiftSettings: settings),
    // Not a product; in this package because it calls what is not public.
    .executableTarget(
      name: "jffs2-benchmark", dependencies: ["JFFS2", "Storage", "Support", system],
      path: "Benchmarks/Program",
      swiftSettings: settings),
    .target(
      name: "Commands",
      dependencies: [
        "Storage", "Support", "JFFS2", "Firmware", "FirmwareAccess", "Sandbox", "CArchive",
        "CLinux", "CStorage", system,
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "jffs2",
      dependencies: [
        "Commands", "Storage", "Support", "JFFS2", "Firmware", "FirmwareAccess", "Sandbox",
        "CLinux",
        argumentParser, system,
      ],
      swiftSettings: settings,
      linkerSettings: quietLinker),
    .target(
      name: "TestSupport",
      dependencies: [
        "Storage", "Support", "JFFS2", "Sandbox", "LibLZMA", "LibZ", system,
      ],
      path: "Tests/TestSupport", swiftSettings: testSettings),
    .executableTarget(
      name: "mutants", dependencies: ["JFFS2", "Storage", "TestSupport"],
      path: "Tests/Mutants", swiftSettings: testSettings, linkerSettings: quietLinker),
    .executableTarget(
      name: "FUSETestFileSystem", dependencies: ["FUSE", system],
      path: "Tests/FUSETestFileSystem", swiftSettings: testSettings),
    .systemLibrary(name: "CXattr", path: "Tests/CXattr"),
    .testTarget(
      name: "FUSETests", dependencies: ["FUSE", "FUSETestFileSystem", "CXattr", system],
      swiftSettings: testSettings),
    .executableTarget(
      name: "mount-fixture",
      dependencies: [
        "MountService", "FirmwareAccess", "Storage", "Support", "CAttempts", "CLinux", system,
      ],
      path: "Tests/MountFixture", swiftSettings: testSettings),
    .testTarget(
      name: "MountServiceTests",
      dependencies: [
        "MountService", "Firmware", "FirmwareAccess", "Storage", "Support", "Sandbox", "CLinux",
        "mount-fixture", system,
      ],
      swiftSettings: testSettings),
    .testTarget(
      name: "FirmwareTests",
      dependencies: ["Firmware", "JFFS2", "Storage", "Support", "TestSupport", system],
      swiftSettings: testSettings),
    .testTarget(
      name: "MountTests",
      dependencies: [
        "JFFS2", "Storage", "Support", "Sandbox", "TestSupport", "jffs2fuse", "jffs2", "CXattr",
      ],
      exclude: ["compare-mount.py", "complete-in-shell.py"],
      swiftSettings: testSettings),
    .systemLibrary(name: "CAttempts", path: "Tests/CAttempts"),
    .executableTarget(
      name: "sandbox-fixture", dependencies: ["Sandbox", "CAttempts"],
      path: "Tests/SandboxFixture", swiftSettings: testSettings),
    .testTarget(
      name: "SandboxTests", dependencies: ["Sandbox", "TestSupport", "sandbox-fixture"],
      swiftSettings: testSettings),
    .testTarget(
      name: "CommandsTests",
      dependencies: [
        "CXattr", "Commands", "Firmware", "FirmwareAccess", "JFFS2", "Sandbox", "Storage",
        "Support", "TestSupport", "jffs2", system,
      ],
      exclude: ["compare-diff.py", "compare-unpacked.py"],
      swiftSettings: testSettings),
    .testTarget(
      name: "SupportTests", dependencies: ["Support", "TestSupport"], swiftSettings: testSettings),
    .testTarget(
      name: "StorageTests", dependencies: ["Storage", "TestSupport"], swiftSettings: testSettings),
    .testTarget(
      name: "JFFS2Tests", dependencies: ["JFFS2", "Storage", "Support", "TestSupport"],
      swiftSettings: testSettings),
    .testTarget(
      name: "OracleTests",
      dependencies: ["JFFS2", "Firmware", "Storage", "Support", "TestSupport"],
      swiftSettings: testSettings),
  ]
)
