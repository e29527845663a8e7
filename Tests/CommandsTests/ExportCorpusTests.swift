import Foundation
import TestSupport
import Testing

/// Archives, unpacked by the programs that people have, against what the Linux driver serves.
@Suite struct `What an export holds` {
  /// A format and who unpacks it.
  enum Unpacker: String, CaseIterable, Sendable {
    case tar, bsdtar, cpio, zip, mtree

    var suffix: String { self == .bsdtar ? "tar.zst" : rawValue }

    /// The command for a shell in the directory to unpack to.
    var command: String {
      switch self {
      case .tar: "tar -xpf ../a.tar --numeric-owner --acls --xattrs --xattrs-include='*'"
      case .bsdtar: "bsdtar -xpf ../a.tar.zst --numeric-owner"
      case .cpio: "cpio -idm --quiet <../a.cpio"
      case .zip, .mtree: "true"
      }
    }
  }

  @Test(
    .enabled(if: geteuid() == 0, "only root can give files to other users"),
    arguments: AnsweredImage.fixtures + AnsweredImage.sound + AnsweredImage.damaged,
    Unpacker.allCases)
  func `unpacked by root it is what the driver serves`(
    image: AnsweredImage, unpacker: Unpacker
  ) throws {
    let workspace = try Workspace()
    let file = try workspace.write(image.bytes())
    let archive = "a." + unpacker.suffix
    let exported = try workspace.jffs2(
      ["export", "-o", archive, "--damaged", "zero", file])
    let manifest = try image.manifest()
    let isDamaged = manifest.entries.contains { entry in
      entry.statErrno != nil
        || entry.xattrs?.values.contains { if case .failure(-22) = $0 { true } else { false } }
          == true
    }
    #expect(exported.status == (isDamaged ? 1 : 0), "\(exported.error)")
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "compare-unpacked.py").path
    let place = [.zip, .mtree].contains(unpacker) ? "../\(archive)" : "."
    let compared = try ChildProcess(
      [
        "sh", "-c",
        "mkdir out && cd out && { \(unpacker.command); } && /usr/bin/python3 -I \"$@\"", "sh",
        script, image.manifestFile.path, place, unpacker.rawValue,
      ], in: workspace.folder.path, environment: ["LC_ALL": "C.UTF-8"]
    ).wait(seconds: 120)
    withKnownIssue("bsdtar 3.8 loses the major number beside a large minor") {
      #expect(compared.output == "\n" && compared.status == 0, "\(compared.error)")
    } when: {
      unpacker == .bsdtar && image.description.contains("device-nodes")
        && Self.bsdtarVersion.contains("bsdtar 3.8")
    }
  }

  private static let bsdtarVersion =
    (try? ChildProcess(["bsdtar", "--version"]).wait().output) ?? ""
}
