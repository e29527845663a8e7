package import JFFS2

/// The report as programs read it; `docs/json.md` lists the fields.
extension VerificationReport: Encodable {
  private enum CodingKeys: String, CodingKey {
    case firmware, fileSystems, findings, isSound = "sound"
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(firmware, forKey: .firmware)
    try container.encode(isSound, forKey: .isSound)
    try container.encode(containerFindings, forKey: .findings)
    try container.encode(fileSystems, forKey: .fileSystems)
  }
}

extension Finding: Encodable {
  private enum CodingKeys: String, CodingKey {
    case kind, damage, reason, inode, paths, pathsHex, morePaths, start, end, offset
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind.rawValue, forKey: .kind)
    try container.encode(isDamage, forKey: .damage)
    try container.encode(reason, forKey: .reason)
    try container.encodeIfPresent(ino, forKey: .inode)
    try container.encode(paths.map(\.jsonPath.text), forKey: .paths)
    if paths.contains(where: { $0.hexUnlessText != nil }) {
      try container.encode(paths.map(\.jsonPath.hex), forKey: .pathsHex)
    }
    if morePathCount > 0 { try container.encode(morePathCount, forKey: .morePaths) }
    try container.encodeIfPresent(range?.lowerBound, forKey: .start)
    try container.encodeIfPresent(range?.upperBound, forKey: .end)
    try container.encodeIfPresent(flashOffset, forKey: .offset)
  }
}
