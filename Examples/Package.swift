// swift-tools-version: 6.3
import PackageDescription

// Programs that use the libraries as another package would.
let package = Package(
  name: "Examples",
  dependencies: [
    .package(name: "jffs2fuse", path: ".."),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    .executableTarget(
      name: "hello-fs",
      dependencies: [
        .product(name: "FUSE", package: "jffs2fuse"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .executableTarget(
      name: "list-jffs2", dependencies: [.product(name: "JFFS2", package: "jffs2fuse")]),
  ]
)
