import Sandbox
import SystemPackage

extension Confinement {
  /// For a command that makes a file: the folder it is to be in can be changed.
  ///
  /// - Parameter output: The file; nil or `-` for standard output.
  static func writing(_ output: PathArgument?) -> Confinement {
    guard let path = output?.filePath, path != "-" else { return Confinement() }
    return beneath(path.removingLastComponent())
  }

  /// For a command that makes what is below a folder, or, where that is missing, the folder too.
  static func beneath(_ folder: FilePath) -> Confinement {
    var folder = folder.isEmpty ? "." : folder
    while true {
      do {
        // Open until the process ends.
        let opened = try FileDescriptor.open(
          folder, .readOnly, options: [.directory, .closeOnExec])
        var confinement = Confinement(folder: opened.rawValue)
        confinement.descriptorCount = 256
        return confinement
      } catch {
        // A folder that cannot be opened has its own message when the work begins.
        guard error as? Errno == .noSuchFileOrDirectory, folder != ".", folder != "/" else {
          return Confinement()
        }
        folder = folder.removingLastComponent()
        if folder.isEmpty { folder = "." }
      }
    }
  }
}
